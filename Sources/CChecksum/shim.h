#ifndef HOLDFAST_CCHECKSUM_SHIM_H
#define HOLDFAST_CCHECKSUM_SHIM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * The processor's own instruction for the Castagnoli checksum, which Swift has no way to. `state` is that of an update in
 * progress, inverted neither before nor after. Only to be called where holdfast_has_crc32c() is not 0.
 */
#if defined(__x86_64__)
#include <cpuid.h>

static inline int holdfast_has_crc32c(void) {
    unsigned int a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_2) != 0;
}

__attribute__((target("sse4.2")))
static inline uint32_t holdfast_crc32c(uint32_t state, const void *bytes, size_t count) {
    const unsigned char *next = (const unsigned char *)bytes;
    uint64_t wide = state;
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    state = (uint32_t)wide;
    for (; count > 0; count--, next++) state = __builtin_ia32_crc32qi(state, *next);
    return state;
}
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32) && defined(__AARCH64EL__)

static inline int holdfast_has_crc32c(void) { return 1; }

static inline uint32_t holdfast_crc32c(uint32_t state, const void *bytes, size_t count) {
    const unsigned char *next = (const unsigned char *)bytes;
    for (; count >= 8; count -= 8, next += 8) {
        uint64_t word;
        memcpy(&word, next, 8);
        state = __builtin_arm_crc32cd(state, word);
    }
    for (; count > 0; count--, next++) state = __builtin_arm_crc32cb(state, *next);
    return state;
}
#else

static inline int holdfast_has_crc32c(void) { return 0; }

static inline uint32_t holdfast_crc32c(uint32_t state, const void *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return state;
}
#endif

#endif
