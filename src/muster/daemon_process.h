/* The musterd of an instance, as seen from outside: by the lock it holds. */
#ifndef MUSTER_DAEMON_PROCESS_H
#define MUSTER_DAEMON_PROCESS_H

#include "base/base.h"

/* It runs. */
bool daemon_is_running(const char *directory);
/* Tell it to read enrolment and standards again; nothing where it does not run. */
void daemon_refresh(const char *directory);
/* Tell it to stop and wait until it has. 1: it ran, 0: it did not. */
int daemon_stop(const char *directory, struct err *err) MUST_CHECK;

#endif
