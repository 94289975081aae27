/* Decides who does what, and when. */
#ifndef EXERCISE_PLAN_H
#define EXERCISE_PLAN_H

#include "exercise/sheet.h"

struct plan {
	uint64_t seed;
	int64_t start; /* midnight UTC of the first day */
	uint32_t days;
	uint64_t records; /* of ordinary work, about */
	struct contractor *contractors;
	uint32_t contractor_count;
	struct incident *incidents; /* by contractor */
	uint32_t incident_count;
};

/*
 * Plan the misconduct of plan->contractors and its harmless neighbours, and
 * hire the cast; the fields above incidents are set. With 6 contractors or
 * more each rule is broken by 3 of them or more. Scenes for which the days do
 * not suffice are left out.
 */
int plan_incidents(struct plan *plan, struct arena *arena, struct err *err) MUST_CHECK;
/* The incidents of a contractor. */
const struct incident *plan_incidents_of(const struct plan *plan, uint32_t contractor,
					 uint32_t *ret_count);

/*
 * Everything one system of a contractor records on one day, in order of
 * time, numbered from *number on, which moves.
 */
int plan_day(const struct plan *plan, uint32_t contractor, enum format format,
	     uint32_t day, uint64_t *number, struct arena *arena, struct occurrence **ret,
	     uint32_t *ret_count, struct err *err) MUST_CHECK;

/* An ordinary deed of the format as often as its weight says. */
enum deed plan_ordinary_deed(enum format format, uint64_t random);
/* The person who does such a deed. */
uint32_t plan_person(const struct contractor *contractor, enum doer doer,
		     uint64_t random);
/* Resolution of the times that the contractor's log of that format holds. */
int64_t plan_resolution(const struct contractor *contractor, enum format format);

#endif
