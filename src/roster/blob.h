#ifndef ROSTER_BLOB_H
#define ROSTER_BLOB_H

#include "roster/roster.h"

#define BLOB_MARK 0x526f7374u /* "Rost" */

struct blob_row {
	uint32_t mark;
	uint16_t kind, columns;
	uint32_t size;             /* bytes of values that follow */
	uint32_t reserved;
	int64_t valid_from, valid_until;
};

/* 1: a row; its fields point into the blob. 0: the end. Negative: no blob. */
int blob_next(struct text blob, size_t *at, struct blob_row *ret_head, struct text *fields);

#endif
