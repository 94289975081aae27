/*
 * event: what one access event is. Floor 2: no I/O, no clock, no database.
 *
 * An event is one record of a contractor's log, normalised to a few typed
 * values, plus the record's own fields under their own names for the rules.
 * All texts point into memory of the decoder that made the event and live
 * until its next event. Texts are valid UTF-8 without NUL.
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "base/base.h"

enum event_action {
#define ACTION(identifier, number, name, meaning) EVENT_##identifier = number,
#include "event/actions.def"
#undef ACTION
};

enum event_outcome {
	EVENT_OUTCOME_UNKNOWN = 0,
	EVENT_SUCCESS = 1,
	EVENT_FAILURE = 2,
};

enum event_level {
#define LEVEL(identifier, number, name, banner) EVENT_LEVEL_##identifier = number,
#include "event/levels.def"
#undef LEVEL
};

enum event_source {
#define SOURCE(identifier, name, product, category, services) EVENT_FROM_##identifier,
#include "event/sources.def"
#undef SOURCE
	EVENT_SOURCE_COUNT
};

/* How the moment of an event is known. */
enum event_time_quality {
	EVENT_TIME_EXACT = 0,      /* the record says it, zone and all */
	EVENT_TIME_ZONE_SET = 1,   /* zone from the system's configuration */
	EVENT_TIME_YEAR_GUESSED = 2, /* zone from there, year from the delivery */
};

const char *event_action_name(enum event_action action);
const char *event_action_meaning(enum event_action action);
/* EVENT_OTHER and false for a name that is none. */
bool event_action_from_name(struct text name, enum event_action *ret_action);
const char *event_outcome_name(enum event_outcome outcome);
bool event_outcome_from_name(struct text name, enum event_outcome *ret_outcome);
const char *event_level_name(enum event_level level);
const char *event_level_banner(enum event_level level);
/*
 * The level that a marking as people write it stands for: "SECRET//NOFORN",
 * "(S)", "TS//SCI", "cui", "U". EVENT_LEVEL_UNKNOWN for anything else.
 */
enum event_level event_level_of_marking(struct text marking);

/* A row of sources.def; texts are terminated. */
struct event_source_description {
	const char *name, *product, *category, *services;
};
const struct event_source_description *event_source_describe(enum event_source source);

/*
 * Names of fields as small numbers. Rules intern the names they read before
 * the first event is decoded; then the table is only looked up. A name no
 * rule reads has no number.
 */
struct event_names;
#define EVENT_NAME_NONE UINT32_MAX
struct event_names *event_names_new(void);
void event_names_free(struct event_names *names);
/* Copies the name. EVENT_NAME_NONE when out of memory. */
uint32_t event_names_intern(struct event_names *names, struct text name);
uint32_t event_names_find(const struct event_names *names, struct text name);
uint32_t event_names_count(const struct event_names *names);
struct text event_names_text(const struct event_names *names, uint32_t name);

/*
 * One value of the record. A list gives one field per element, all under the
 * list's name. A nested object gives its members under dotted names and, for
 * itself, a field of kind OBJECT without text (for "exists"). literal: the
 * record's own key holds the dot, it was not made by descending.
 */
enum event_field_kind {
	EVENT_FIELD_TEXT,
	EVENT_FIELD_NUMBER,        /* text: the number as written */
	EVENT_FIELD_BOOL,          /* text: "true" or "false" */
	EVENT_FIELD_NULL,
	EVENT_FIELD_OBJECT,
};
struct event_field {
	struct text name;
	struct text value;
	uint32_t name_number;      /* or EVENT_NAME_NONE */
	uint32_t next;             /* index + 1 of the next of the same name, 0: last */
	uint8_t kind;
	bool literal;
};

/*
 * A set of fields that rules see together. Most formats have one part an
 * event; auditd has one for each record of the event, because its rules are
 * written for single records.
 */
struct event_part {
	struct event_field *fields;
	uint32_t field_count;
	/* first[name_number]: index + 1 of the first field of that name, or 0.
	 * event_names_count() long. */
	uint32_t *first;
};

struct event {
	int64_t time;              /* moment; never MOMENT_NONE */
	enum event_time_quality time_quality;
	enum event_action action;
	enum event_outcome outcome;
	enum event_level level;    /* of the object, from the marking */
	enum event_source source;
	struct text actor;         /* empty texts: not known */
	struct text object;
	struct text host;
	struct text address;       /* where the actor came from, as written */
	struct text session;
	struct text marking;       /* as written */
	struct text native_id;     /* the source's own identity of the record */
	int64_t bytes;             /* moved; -1: not known */
	uint64_t sequence;         /* running number that the source gave it, from 1; 0: none */
	int64_t ahead;             /* seconds after the delivery of its log; 0: none, or not known */
	int64_t back;              /* seconds before the record that comes before it in the log; 0: none */
	struct text raw;           /* the record's bytes, for its identity */
	uint64_t line;             /* from 1: of the record's first byte */
	uint64_t offset;           /* of that byte in the uncompressed log */
	uint64_t length;           /* to the record's last byte, line end excluded */
	struct event_part *parts;
	uint32_t part_count;
};

/*
 * The normalised values as rules see them, "muster.NAME": a list, so that
 * rules, manual page and completion agree. NORMALISED(identifier, name, meaning)
 */
enum event_normalised {
#define NORMALISED(identifier, name, meaning) EVENT_N_##identifier,
#include "event/normalised.def"
#undef NORMALISED
	EVENT_N_COUNT
};
struct event_normalised_description {
	const char *name, *meaning;
};
const struct event_normalised_description *
event_normalised_describe(enum event_normalised which);
/*
 * The value of one of them; false where the event has none. Numbers and
 * moments are written into scratch (EVENT_SCRATCH bytes).
 */
#define EVENT_SCRATCH 48
bool event_normalised_value(const struct event *event, enum event_normalised which,
			    char scratch[EVENT_SCRATCH], struct text *ret_value);

/*
 * Those that are one of few values, which have numbers: action, outcome, level
 * and source. How many numbers there are, at most EVENT_CODES_MOST; 0: it is
 * not of these.
 */
#define EVENT_CODES_MOST 128
unsigned event_normalised_codes(enum event_normalised which);
/* The number of the event's value of one of these, below event_normalised_codes(). */
static inline unsigned event_normalised_code(const struct event *event, enum event_normalised which)
{
	return which == EVENT_N_ACTION	  ? (unsigned)event->action
	       : which == EVENT_N_OUTCOME ? (unsigned)event->outcome
	       : which == EVENT_N_LEVEL	  ? (unsigned)event->level
					  : (unsigned)event->source;
}
/* The event's value of one of these becomes the one of that number. */
void event_normalised_code_set(struct event *event, enum event_normalised which, unsigned code);

/*
 * What reference data says about an event, as rules see it: values of the
 * same kind, but whoever has the data answers (room roster), and only when a
 * rule asks. JOINED(identifier, name, meaning)
 */
enum event_joined {
#define JOINED(identifier, name, meaning) EVENT_J_##identifier,
#include "event/joined.def"
#undef JOINED
	EVENT_J_COUNT
};
const struct event_normalised_description *event_joined_describe(enum event_joined which);
/*
 * The value of one of them for an event; false where it is not known. At most
 * EVENT_JOINED_LONGEST bytes, in scratch or in memory that outlives the event.
 */
#define EVENT_JOINED_LONGEST 1024
typedef bool event_join_function(void *context, const struct event *event,
				 enum event_joined which, char scratch[EVENT_SCRATCH],
				 struct text *ret_value);

#endif
