#include "decode/parts.h"

int parts_init(struct parts *parts, const struct event_names *names, struct err *err)
{
	*parts = (struct parts){ .names = event_names_count(names) };
	size_t slots = parts->names ? parts->names : 1;

	parts->fields = reallocarray(NULL, PARTS_FIELD_LIMIT, sizeof(*parts->fields));
	parts->list = calloc(PARTS_LIMIT, sizeof(*parts->list));
	parts->last = calloc(slots, sizeof(*parts->last));
	if (!parts->fields || !parts->list || !parts->last)
		return err_set(err, ERR_MEMORY, "no memory for fields");
	return 0;
}

void parts_done(struct parts *parts)
{
	for (uint32_t i = 0; i < parts->made; i++)
		free(parts->list[i].first);
	free(parts->fields);
	free(parts->list);
	free(parts->last);
	*parts = (struct parts){ 0 };
}

void parts_reset(struct parts *parts)
{
	for (uint32_t i = 0; i < parts->count; i++) {
		const struct event_part *part = &parts->list[i];
		for (uint32_t j = 0; j < part->field_count; j++)
			if (part->fields[j].name_number != EVENT_NAME_NONE)
				part->first[part->fields[j].name_number] = 0;
	}
	parts->count = 0;
	parts->field_count = 0;
}

int parts_open(struct parts *parts)
{
	if (parts->count == PARTS_LIMIT)
		return 0;
	struct event_part *part = &parts->list[parts->count];
	if (parts->count == parts->made) {
		part->first =
			calloc(parts->names ? parts->names : 1, sizeof(*part->first));
		if (!part->first)
			return -1;
		parts->made++;
	}
	part->fields = parts->fields + parts->field_count;
	part->field_count = 0;
	parts->count++;
	return 1;
}
