/* The reference data of an exercise: a file for each kind, as muster-roster(5) has it. */
#ifndef EXERCISE_REFERENCE_H
#define EXERCISE_REFERENCE_H

#include "exercise/plan.h"
#include "roster/roster.h"

struct reference;

/* NULL when out of memory. */
struct reference *reference_new(void);
void reference_free(struct reference *reference);
void reference_clean(struct reference **reference);

/* What is known of a contractor, everyday and for its incidents. */
int reference_add(struct reference *reference, const struct plan *plan,
		  uint32_t contractor, struct err *err) MUST_CHECK;
/* The file of a kind; empty where the exercise has no row of it. */
struct text reference_file(const struct reference *reference, enum roster_kind kind);

#endif
