/* A standard's directory, read into the one form in which standards travel. */
#ifndef MUSTER_STANDARD_DIRECTORY_H
#define MUSTER_STANDARD_DIRECTORY_H

#include "base/base.h"

/*
 * Append the bundle of the standard in a directory: standard.cfg and every
 * rules/NAME.yml. Names that begin with a dot and those that end in "~" are
 * passed over; anything else that is there, a link or a special file, is
 * refused, so that what was loaded is what a person sees in the directory.
 */
int standard_directory_read(const char *path, struct buffer *ret_bundle,
			    struct err *err) MUST_CHECK;

#endif
