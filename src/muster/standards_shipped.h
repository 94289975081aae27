/* The standards that came with the program: share/muster/standards. */
#ifndef MUSTER_STANDARDS_SHIPPED_H
#define MUSTER_STANDARDS_SHIPPED_H

#include "store/store.h"

/* Load all of them and put them in force. */
int standards_shipped_load(struct pg *pg, const char *who, struct err *err) MUST_CHECK;

#endif
