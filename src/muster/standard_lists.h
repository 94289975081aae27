/* The lists of a standard, for the rules of it. */
#ifndef MUSTER_STANDARD_LISTS_H
#define MUSTER_STANDARD_LISTS_H

#include "sigma/sigma.h"
#include "standard/standard.h"

/* Before its rules are added. NULL has none. */
int standard_lists_add(struct sigma_set *set, const struct standard *standard,
		       struct err *err) MUST_CHECK;

#endif
