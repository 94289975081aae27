/* The files that were installed with the program: migrations, standards. */
#ifndef MUSTER_SHARED_FILES_H
#define MUSTER_SHARED_FILES_H

#include "base/base.h"

/*
 * share/muster/NAME beside the program that runs, so that a tree may be
 * moved as a whole; where there is none, the place it was configured for.
 */
#define SHARED_PATH 4096
int shared_file_find(const char *name, char ret_path[SHARED_PATH], struct err *err) MUST_CHECK;

#endif
