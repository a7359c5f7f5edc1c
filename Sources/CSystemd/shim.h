#ifndef HOLDFAST_CSYSTEMD_SHIM_H
#define HOLDFAST_CSYSTEMD_SHIM_H

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

#endif
