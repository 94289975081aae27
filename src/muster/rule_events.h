/*
 * Events for "muster rule test": any format that decode knows, or
 * "json-lines", any JSON objects, one a line, whose fields stand as they are.
 */
#ifndef MUSTER_RULE_EVENTS_H
#define MUSTER_RULE_EVENTS_H

#include "event/event.h"

struct rule_events {
	const struct event_names *names;
	const char *format;        /* "json-lines" or a name of decode_formats() */
	const char *time_field;    /* of json-lines: RFC 3339 or seconds since 1970 */
	int64_t now;               /* for logs that write no year */
	void *context;
	/* timed: the record says its time (always so but in json-lines). */
	int (*event)(void *context, const struct event *event, bool timed, struct err *err);
	/* A record that is not taken. */
	void (*reject)(void *context, uint64_t line, struct text reason);
};

/* json-lines may give "muster.NAME" members; their names must be interned. */
bool rule_events_intern(struct event_names *names, const char *time_field);
/* What an object of json-lines says as "muster.person.level" and so on. */
bool rule_events_joined(const struct event *event, const struct event_names *names,
			enum event_joined which, struct text *ret_value);
/* path "-": standard input. */
int rule_events_read(const struct rule_events *events, const char *path,
		     struct err *err) MUST_CHECK;

#endif
