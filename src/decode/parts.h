/* The parts of an event while its fields are being collected. */
#ifndef DECODE_PARTS_H
#define DECODE_PARTS_H

#include "event/event.h"

/* Most fields of one event, and most parts. */
#define PARTS_FIELD_LIMIT 32768
#define PARTS_LIMIT 1024

struct parts {
	struct event_field *fields;  /* of all parts, one part after the other */
	uint32_t field_count;
	struct event_part *list;
	uint32_t count;
	uint32_t made;               /* parts that own slots, now or from before */
	uint32_t names;              /* slots of a part */
	uint32_t *last;              /* by name, where first is set: index + 1 */
};

int parts_init(struct parts *parts, const struct event_names *names,
	       struct err *err) MUST_CHECK;
void parts_done(struct parts *parts);
/* Forget the fields of the event before. Costs what that event had. */
void parts_reset(struct parts *parts);
/* Open the next part. 1; 0 over the limit; -1 when out of memory. */
int parts_open(struct parts *parts);

/*
 * Add a field to the part opened last. name and value must live as long as
 * the event. False over the limit.
 */
static inline bool parts_add(struct parts *parts, struct text name, uint32_t number,
			     struct text value, enum event_field_kind kind, bool literal)
{
	struct event_part *part = &parts->list[parts->count - 1];
	uint32_t index = part->field_count;

	if (UNLIKELY(parts->field_count >= PARTS_FIELD_LIMIT))
		return false;
	parts->field_count++;
	part->field_count++;
	part->fields[index] = (struct event_field){
		.name = name,
		.value = value,
		.name_number = number,
		.next = 0,
		.kind = (uint8_t)kind,
		.literal = literal,
	};
	if (number != EVENT_NAME_NONE) {
		if (part->first[number] == 0)
			part->first[number] = index + 1;
		else
			part->fields[parts->last[number] - 1].next = index + 1;
		parts->last[number] = index + 1;
	}
	return true;
}

#endif
