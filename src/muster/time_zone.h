/* Time zones by name, from the machine's own data. */
#ifndef MUSTER_TIME_ZONE_H
#define MUSTER_TIME_ZONE_H

#include "base/base.h"

/*
 * Append the TZif bytes (RFC 8536) of a zone named as in "Europe/Berlin";
 * nothing for UTC. ERR_USAGE for offsets, whose summer time nobody knows,
 * and for names that are none.
 */
int time_zone_read(const char *name, struct buffer *ret_zone, struct err *err) MUST_CHECK;

#endif
