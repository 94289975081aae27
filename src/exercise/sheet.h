/* Writes deeds as records of their format. */
#ifndef EXERCISE_SHEET_H
#define EXERCISE_SHEET_H

#include "exercise/deed.h"
#include "exercise/world.h"

/* One deed done by one person at one moment. */
struct occurrence {
	int64_t time;	 /* in the format's resolution */
	uint64_t number; /* of the record in its system: id or serial */
	uint64_t seed;	 /* of everything else about it */
	enum deed deed;
	uint32_t person; /* index in contractor->people */
	uint32_t order;	 /* among those of one moment */
	uint32_t incident; /* that a campaign is, from 0 */
	uint32_t nth;	 /* record of the campaign, from 0 */
	bool later;	 /* the deed's second text */
};

/* Where a record has a value that the next like it has differently. */
enum mark_kind {
	MARK_TIME,	 /* 26 bytes: up to the zone, microseconds */
	MARK_AUDIT_TIME, /* SECONDS.mmm */
	MARK_NUMBER,	 /* occurrence's number, decimal */
	MARK_DIGITS,	 /* any decimal number */
};
struct mark {
	uint32_t offset; /* from the record's start */
	uint16_t width;
	uint16_t kind;
};

#define SHEET_MARKS 32
struct sheet {
	struct buffer *out;
	const struct contractor *contractor;
	const struct occurrence *occurrence;
	size_t start; /* of the occurrence, in out */
	struct mark marks[SHEET_MARKS];
	uint32_t mark_count; /* of the last occurrence */
};

/* Append the occurrence's lines to out, each with its newline. */
void sheet_write(struct sheet *sheet, const struct contractor *contractor,
		 const struct occurrence *occurrence);

/* Longest text of a subject, with its end. */
#define SUBJECT_ROOM 64
/* Whom a violation by the occurrence names. */
const char *sheet_subject(const struct contractor *contractor,
			  const struct occurrence *occurrence,
			  char ret_subject[SUBJECT_ROOM]);

/* Exactly width decimal digits, zeros in front. */
void digits_write(char *to, uint64_t number, uint32_t width);
/* 26 bytes, "2026-10-01T08:00:00.000000". */
#define MOMENT_WIDTH 26
void moment_write(char to[MOMENT_WIDTH], int64_t time);

#endif
