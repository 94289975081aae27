/*
 * Letters without their case: ASCII, Latin, Greek, Cyrillic and Armenian
 * letters of one or two UTF-8 bytes. Folding never changes a text's length.
 */
#ifndef SIGMA_FOLD_H
#define SIGMA_FOLD_H

#include "base/base.h"

/* to must have room for t.length + 8 bytes and may be t's; any bytes are allowed in t. */
void fold(struct text t, char *to);

#endif
