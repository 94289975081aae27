/* Writes deeds as records of their format. */
#ifndef EXERCISE_SHEET_H
#define EXERCISE_SHEET_H

#include "exercise/plant.h"
#include "exercise/world.h"

/* A plant as it is staged: the misdeed, or its harmless neighbour. */
struct incident {
	const struct plant *plant;
	bool harmless;
	uint32_t contractor;
	uint32_t number; /* among all, from 0 */
	uint32_t cast;	 /* index in contractor->people of the first */
	int64_t time;	 /* moment of the scene */
	uint64_t seed;
};
const char *incident_scene(const struct incident *incident);

/* Something done by one person at one moment. */
struct occurrence {
	int64_t time;	 /* in the format's resolution */
	int64_t written; /* the same, but where a clock runs wrong */
	uint64_t number; /* of the record in its system: id or serial */
	uint64_t seed;	 /* of everything else about it */
	enum format format;
	struct text text; /* in the notation of deed.h */
	uint32_t person;  /* index in contractor->people */
	uint32_t order;	  /* among those of one moment */
	/* Of a plant; else NULL. */
	const struct incident *incident;
	struct text marks;
	uint32_t nth; /* repetition of the step, from 0 */
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
	const struct asset *asset; /* of $asset, or NULL */
	const struct contractor *contractor;
	const struct occurrence *occurrence;
	size_t start; /* of the occurrence, in out */
	uint32_t line; /* of the occurrence, from 0 */
	struct mark marks[SHEET_MARKS];
	uint32_t mark_count; /* of the last occurrence */
};

/* Append the occurrence's lines to out, each with its newline. */
void sheet_write(struct sheet *sheet, const struct contractor *contractor,
		 const struct occurrence *occurrence);

/* Append a text with its placeholders filled in. */
void sheet_write_text(struct sheet *sheet, const struct contractor *contractor,
		      const struct occurrence *occurrence, struct text text);
/* Append what a violation by the occurrence is held against. */
void sheet_write_subject(struct sheet *sheet, const struct contractor *contractor,
			 const struct occurrence *occurrence, const struct plant *plant,
			 struct text given);

/* Exactly width decimal digits, zeros in front. */
void digits_write(char *to, uint64_t number, uint32_t width);
/* 26 bytes, "2026-10-01T08:00:00.000000". */
#define MOMENT_WIDTH 26
void moment_write(char to[MOMENT_WIDTH], int64_t time);

#endif
