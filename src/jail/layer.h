/* Private to jail: one function a layer. */
#ifndef JAIL_LAYER_H
#define JAIL_LAYER_H

#include "jail/jail.h"

/* Deny every path to this thread. 1: done; 0: the kernel has no landlock. */
int layer_landlock(struct err *err);
int layer_seccomp(enum jail_profile profile, struct err *err);

#endif
