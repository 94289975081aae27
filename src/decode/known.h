/*
 * Names that records carry, remembered with their numbers, so that the
 * second record costs one comparison a name: after each name the table
 * knows which came next the last time.
 */
#ifndef DECODE_KNOWN_H
#define DECODE_KNOWN_H

#include "event/event.h"

/* Index of no name; what follows it is the first name of a record. */
#define KNOWN_NONE 0

struct known_name {
	struct text text;          /* of the table; of KNOWN_NONE: longer than any name */
	uint32_t number;           /* among event_names, or EVENT_NAME_NONE */
	uint32_t following;
	uint64_t record;           /* the record that held it last, see known_mark() */
	/* As JSON writes it, with the quote behind it, and which bits of a text
	 * that can be; all zero and all one where the name is longer or is
	 * written otherwise. */
	uint64_t written[2], mask[2];
	bool dotted;               /* holds a dot */
	bool plain;                /* in JSON written as it is: no quote, no backslash */
};

struct known {
	const struct event_names *names;
	/* Names with a meaning to the format: indexes 1 to role_count. */
	const struct text *roles;
	uint32_t role_count;
	struct known_name *list;
	uint32_t count, room;
	struct map map;
	struct arena *bytes;
	uint64_t record;
};

/* names and roles must live as long as the table. */
int known_init(struct known *known, const struct event_names *names,
	       const struct text *roles, uint32_t role_count, struct err *err) MUST_CHECK;
void known_done(struct known *known);

/*
 * A record begins. Indexes of earlier records may be forgotten, and texts
 * with them: so many names that somebody must be inventing them.
 * False when out of memory.
 */
bool known_begin(struct known *known) MUST_CHECK;

/* The same, but no name is forgotten: a further part of the record. */
static inline void known_next_record(struct known *known)
{
	known->record++;
}

/* Index of name, which came after previous; KNOWN_NONE when out of memory. */
uint32_t known_look_up(struct known *known, uint32_t previous, struct text name);

static inline const struct known_name *known_at(const struct known *known, uint32_t index)
{
	return &known->list[index];
}

static inline uint32_t known_find(struct known *known, uint32_t previous,
				  struct text name)
{
	uint32_t guess = known->list[previous].following;

	return LIKELY(text_equal(known->list[guess].text, name)) ?
		       guess :
		       known_look_up(known, previous, name);
}

/* Does the name, and a quote, begin here? 16 bytes can be read. */
static inline bool known_is_next(const struct known_name *name, const char *at)
{
	uint64_t word[2];
	memcpy(word, at, sizeof(word));
	return (((word[0] & name->mask[0]) ^ name->written[0]) |
		((word[1] & name->mask[1]) ^ name->written[1])) == 0;
}

/* True the first time in a record that the name is marked. */
static inline bool known_mark(struct known *known, uint32_t index)
{
	struct known_name *name = &known->list[index];

	if (name->record == known->record)
		return false;
	name->record = known->record;
	return true;
}

#endif
