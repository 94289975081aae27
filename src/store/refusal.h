/* Private to store: refusals of the process. */
#ifndef STORE_REFUSAL_H
#define STORE_REFUSAL_H

#include "base/base.h"

/*
 * What the process refuses (SQLSTATE MUnnn) becomes ERR_REFUSED in its own
 * words; other failures stay as they are. Returns the error.
 */
int store_refused(struct err *err, const struct err *failure);

#endif
