#ifndef HOLDFAST_CPREFETCH_SHIM_H
#define HOLDFAST_CPREFETCH_SHIM_H

/*
 * Asks the processor to have a place in memory at hand soon, which Swift has no way to. Changes nothing, and never fails
 * whatever the address.
 */
static inline void holdfast_prefetch(const void *_Nullable place) { __builtin_prefetch(place, 0, 3); }

#endif
