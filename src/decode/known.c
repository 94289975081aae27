#include "decode/known.h"

/* More names than this, or more bytes of names, and the table starts anew. */
#define KNOWN_COMFORT 4096
#define KNOWN_COMFORT_BYTES (256u << 10)
/* What the largest record may add: DECODE values, each with a name of 512 bytes. */
#define KNOWN_LIMIT_BYTES (40u << 20)

static void write_as_json(struct known_name *name)
{
	size_t length = name->text.length;
	memset(name->mask, 0xff, sizeof(name->mask));
	if (!name->plain || length >= sizeof(name->written))
		return;
	memset((char *)name->mask + length + 1, 0, sizeof(name->mask) - length - 1);
	memcpy(name->written, name->text.bytes, length);
	((char *)name->written)[length] = '"';
}

static uint32_t append(struct known *known, struct text name)
{
	if (known->count == known->room) {
		uint32_t room = known->room ? known->room * 2 : 128;
		struct known_name *list =
			reallocarray(known->list, room, sizeof(*known->list));
		if (!list)
			return KNOWN_NONE;
		known->list = list;
		known->room = room;
	}
	struct text copy = arena_text(known->bytes, name);
	bool fresh;
	union map_value *value = copy.bytes ? map_add(&known->map, copy, &fresh) : NULL;
	if (!value)
		return KNOWN_NONE;
	value->number = known->count;
	known->list[known->count] = (struct known_name){
		.text = copy,
		.number = event_names_find(known->names, name),
		.dotted = text_find_byte(name, '.') < name.length,
		.plain = text_find_byte(name, '"') == name.length &&
			 text_find_byte(name, '\\') == name.length,
	};
	write_as_json(&known->list[known->count]);
	return known->count++;
}

/* Only the roles are known. */
static bool start(struct known *known)
{
	struct hash_key key = known->map.key;

	map_done(&known->map);
	known->map.key = key;
	arena_reset(known->bytes);
	free(known->list);
	known->list = NULL;
	known->room = known->count = 0;

	/* The place of KNOWN_NONE, whose text equals nothing. */
	append(known, TEXT(""));
	if (known->count != 1)
		return false;
	known->list[0].text.length = SIZE_MAX;
	known->list[0].plain = false;
	memset(known->list[0].written, 0, sizeof(known->list[0].written));
	memset(known->list[0].mask, 0xff, sizeof(known->list[0].mask));
	map_done(&known->map);
	known->map.key = key;
	for (uint32_t i = 0; i < known->role_count; i++)
		if (append(known, known->roles[i]) != i + 1)
			return false;
	return true;
}

int known_init(struct known *known, const struct event_names *names,
	       const struct text *roles, uint32_t role_count, struct err *err)
{
	*known = (struct known){ .names = names,
				 .roles = roles,
				 .role_count = role_count };
	map_init(&known->map);
	known->bytes = arena_new(KNOWN_LIMIT_BYTES);
	if (!known->bytes || !start(known))
		return err_set(err, ERR_MEMORY, "no memory for names");
	return 0;
}

void known_done(struct known *known)
{
	map_done(&known->map);
	arena_free(known->bytes);
	free(known->list);
	*known = (struct known){ 0 };
}

bool known_begin(struct known *known)
{
	if (UNLIKELY(known->count > KNOWN_COMFORT ||
		     arena_used(known->bytes) > KNOWN_COMFORT_BYTES) &&
	    !start(known))
		return false;
	known->record++;
	return true;
}

uint32_t known_look_up(struct known *known, uint32_t previous, struct text name)
{
	union map_value *value = map_find(&known->map, name);
	uint32_t index = value ? (uint32_t)value->number : append(known, name);

	if (index != KNOWN_NONE && known->list[index].plain)
		known->list[previous].following = index;
	return index;
}
