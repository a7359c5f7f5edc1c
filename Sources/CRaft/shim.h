#ifndef HOLDFAST_CRAFT_SHIM_H
#define HOLDFAST_CRAFT_SHIM_H

#if !__has_include(<raft.h>)
#error "Holdfast needs libraft >= 0.22 (the cowsql line) and its headers are not installed: run Scripts/setup."
#else
#include <raft.h>

#if !defined(RAFT_VERSION_NUMBER) || RAFT_VERSION_NUMBER < 2200
#error "Holdfast needs libraft >= 0.22 (the cowsql line): on Debian 12 install libraft-dev from bookworm-backports, on Debian 13 from main."
#endif

#if RAFT_VERSION_NUMBER > 2201
#error "Holdfast knows who frees what in libraft 0.22.0 and 0.22.1 only, and later versions changed it: install libraft-dev 0.22.1."
#endif
#endif

#endif
