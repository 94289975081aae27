/* A roster joined to an event, for the files of this room that answer questions. */
#ifndef ROSTER_JOIN_H
#define ROSTER_JOIN_H

#include "roster/tables.h"

#define DAY (86400 * MICROSECONDS)
#define MINUTE (60 * MICROSECONDS)
#define KEY_ROOM (2 * ROSTER_VALUE_LONGEST + 2)

/* What an event names that the roster may have a row for. */
enum subject { PERSON, OBJECT, PLACE, HOST, MEDIUM, DESTINATION, CONTRACT, SUBJECT_COUNT };

struct roster_join {
	const struct roster *roster;
	uint32_t place_name, medium_name, destination_name, gateway_name, network_name,
		device_name, program_name, exe_name, hash_name, credential_name, key_name, due_name;
	const struct event *event;
	unsigned looked_up;        /* bits of enum subject */
	const struct row *rows[SUBJECT_COUNT];
	uint64_t unknown[ROSTER_KIND_COUNT];
};

enum answer { NOT_KNOWN = -1, NO, YES };
static inline enum answer answer_of(bool yes)
{
	return yes ? YES : NO;
}
static inline enum answer answer_not(enum answer answer)
{
	return answer == NOT_KNOWN ? NOT_KNOWN : answer_of(answer == NO);
}
static inline int64_t row_number(const struct row *row, int column)
{
	return row ? row->numbers[column] : VALUE_UNKNOWN;
}
/* A flag of a row that may be missing. */
static inline enum answer row_flag(const struct row *row, int column)
{
	int64_t number = row_number(row, column);
	return number == VALUE_UNKNOWN ? NOT_KNOWN : answer_of(number != 0);
}

/* join.c: the row that the event's subject has, or NULL. */
const struct row *join_subject(struct roster_join *join, enum subject which);
/* A member of the record itself; empty where it has none. */
struct text join_member(const struct event *event, uint32_t name);
/* The place that the record names, or where its host stands. */
struct text join_place(struct roster_join *join);
/* VALUE_UNKNOWN where it has none. */
int64_t join_object_level(struct roster_join *join);
/* Is a level that was granted as high as the object's? */
enum answer join_suffices(struct roster_join *join, int64_t granted);
/* "a\x1fb", empty where it is too long to be in a table. */
struct text join_pair_key(struct text a, struct text b, char room[KEY_ROOM]);
/* Has the person a row in a list? Unknown where nobody has: it is not kept. */
enum answer join_listed(struct roster_join *join, enum roster_kind kind, struct text name);
/* May the account use a function? Its own rows, or what the person may. */
enum answer join_may(struct roster_join *join, struct text function);
/* The same day and time a year before. */
int64_t join_year_before(int64_t moment);
/* Has the list all that the object needs? An empty list does not tell. */
bool join_covers_compartments(struct roster_join *join, struct text has);

/* person.c: what of a person and an account is a matter of dates and lists. */
enum answer join_person_answer(struct roster_join *join, enum event_joined which);
/* Is what was shown at a logon the person's own? */
enum answer join_credential_own(struct roster_join *join);
/* thing.c: what of objects, hosts, media, destinations and names is. */
enum answer join_thing_answer(struct roster_join *join, enum event_joined which);

#endif
