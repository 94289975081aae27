#include "sigma/tree.h"

#include <math.h>
#include <yaml.h>

#define TREE_DEPTH 32
#define TREE_NODES 200000u
#define TREE_TEXT_LIMIT (8u << 20)

/* One open list or map; its items collect in a linked list until it ends. */
struct item {
	struct item *next;
	struct tree *tree;
};
struct open {
	struct tree *tree;
	struct item *first, **last;
	size_t count;
};

struct anchor {
	struct anchor *next;
	const char *name;
	struct tree *tree;
};

struct reader {
	struct arena *arena;
	yaml_parser_t parser;
	struct open stack[TREE_DEPTH];
	size_t depth;
	struct anchor *anchors;
	struct tree *root;
	struct tree_documents *documents;
	size_t roots_room;
};

enum step { STEP_ON, STEP_END, STEP_FAULT, STEP_MEMORY };

static enum step fault_at(struct reader *reader, yaml_mark_t mark, const char *reason)
{
	struct tree_fault *fault = &reader->documents->fault;
	reader->documents->broken = true;
	fault->line = (unsigned)mark.line + 1;
	fault->column = (unsigned)mark.column + 1;
	snprintf(fault->reason, sizeof(fault->reason), "%s", reason);
	return STEP_FAULT;
}

static struct tree *tree_new(struct reader *reader, enum tree_kind kind, yaml_mark_t mark)
{
	struct tree *tree = arena_get(reader->arena, sizeof(*tree));
	if (tree) {
		tree->kind = kind;
		tree->line = (unsigned)mark.line + 1;
		tree->column = (unsigned)mark.column + 1;
		tree->weight = 1;
	}
	return tree;
}

static enum step put(struct reader *reader, struct tree *tree, yaml_mark_t mark)
{
	if (tree->weight > TREE_NODES)
		return fault_at(reader, mark, "too many values in one document");
	if (reader->depth == 0) {
		reader->root = tree;
		return STEP_ON;
	}
	struct open *open = &reader->stack[reader->depth - 1];
	struct item *item = arena_get(reader->arena, sizeof(*item));
	if (!item)
		return STEP_MEMORY;
	item->tree = tree;
	*open->last = item;
	open->last = &item->next;
	open->count++;
	open->tree->weight += tree->weight;
	if (open->tree->weight > TREE_NODES)
		return fault_at(reader, mark, "too many values in one document");
	return STEP_ON;
}

static enum step anchor_set(struct reader *reader, const yaml_char_t *name,
			    struct tree *tree)
{
	if (!name)
		return STEP_ON;
	struct anchor *anchor = arena_get(reader->arena, sizeof(*anchor));
	if (!anchor)
		return STEP_MEMORY;
	anchor->name = arena_string(reader->arena, (const char *)name);
	anchor->tree = tree;
	anchor->next = reader->anchors;
	reader->anchors = anchor;
	return anchor->name ? STEP_ON : STEP_MEMORY;
}

static enum step on_alias(struct reader *reader, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	for (struct anchor *a = reader->anchors; a; a = a->next) {
		if (strcmp(a->name, name))
			continue;
		for (size_t i = 0; i < reader->depth; i++)
			if (reader->stack[i].tree == a->tree)
				return fault_at(reader, event->start_mark,
						"an alias inside of what it stands for");
		return put(reader, a->tree, event->start_mark);
	}
	return fault_at(reader, event->start_mark, "an alias without an anchor");
}

static enum step on_scalar(struct reader *reader, const yaml_event_t *event)
{
	struct tree *tree = tree_new(reader, TREE_SCALAR, event->start_mark);
	if (!tree)
		return STEP_MEMORY;
	struct text text = {(const char *)event->data.scalar.value,
			    event->data.scalar.length};
	tree->text = arena_text(reader->arena, text);
	tree->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		      !event->data.scalar.tag;
	if (!tree->text.bytes)
		return STEP_MEMORY;
	enum step step = anchor_set(reader, event->data.scalar.anchor, tree);
	return step == STEP_ON ? put(reader, tree, event->start_mark) : step;
}

static enum step on_open(struct reader *reader, enum tree_kind kind,
			 const yaml_char_t *anchor, yaml_mark_t mark)
{
	if (reader->depth == TREE_DEPTH)
		return fault_at(reader, mark, "lists and maps are nested too deeply");
	struct tree *tree = tree_new(reader, kind, mark);
	if (!tree)
		return STEP_MEMORY;
	struct open *open = &reader->stack[reader->depth++];
	*open = (struct open){.tree = tree};
	open->last = &open->first;
	return anchor_set(reader, anchor, tree);
}

/* A key that is there twice is nearly always a mistake: the second would win unseen. */
static enum step check_keys(struct reader *reader, const struct tree *map)
{
	CLEAN(map) struct map seen;
	map_init(&seen);
	for (size_t i = 0; i < map->count; i++) {
		const struct tree *key = map->items[2 * i];
		yaml_mark_t mark = {0, key->line - 1, key->column - 1};
		bool new;
		if (key->kind != TREE_SCALAR)
			return fault_at(reader, mark, "a key must be a text");
		if (!map_add(&seen, key->text, &new))
			return STEP_MEMORY;
		if (!new) {
			char reason[120];
			snprintf(reason, sizeof(reason), "key '%.80s' is there twice",
				 key->text.bytes);
			return fault_at(reader, mark, reason);
		}
	}
	return STEP_ON;
}

static enum step on_close(struct reader *reader, yaml_mark_t mark)
{
	struct open *open = &reader->stack[--reader->depth];
	struct tree *tree = open->tree;
	tree->count = tree->kind == TREE_MAP ? open->count / 2 : open->count;
	tree->items =
		arena_get_many(reader->arena, open->count + 1, sizeof(*tree->items));
	if (!tree->items)
		return STEP_MEMORY;
	size_t n = 0;
	for (struct item *item = open->first; item; item = item->next)
		tree->items[n++] = item->tree;
	enum step step = tree->kind == TREE_MAP ? check_keys(reader, tree) : STEP_ON;
	return step == STEP_ON ? put(reader, tree, mark) : step;
}

static enum step on_document(struct reader *reader)
{
	struct tree_documents *documents = reader->documents;
	if (!reader->root || tree_is_null(reader->root))
		return STEP_ON; /* nothing but comments */
	if (documents->count == reader->roots_room) {
		size_t room = reader->roots_room ? reader->roots_room * 2 : 8;
		struct tree **roots = arena_get_many(reader->arena, room, sizeof(*roots));
		if (!roots)
			return STEP_MEMORY;
		for (size_t i = 0; i < documents->count; i++)
			roots[i] = documents->roots[i];
		documents->roots = roots;
		reader->roots_room = room;
	}
	documents->roots[documents->count++] = reader->root;
	return STEP_ON;
}

static enum step take(struct reader *reader, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_STREAM_END_EVENT:
		return STEP_END;
	case YAML_DOCUMENT_START_EVENT:
		reader->root = NULL;
		reader->anchors = NULL;
		return STEP_ON;
	case YAML_DOCUMENT_END_EVENT:
		return on_document(reader);
	case YAML_ALIAS_EVENT:
		return on_alias(reader, event);
	case YAML_SCALAR_EVENT:
		return on_scalar(reader, event);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(reader, TREE_LIST, event->data.sequence_start.anchor,
			       event->start_mark);
	case YAML_MAPPING_START_EVENT:
		return on_open(reader, TREE_MAP, event->data.mapping_start.anchor,
			       event->start_mark);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_close(reader, event->start_mark);
	default:
		return STEP_ON;
	}
}

int tree_read(struct arena *arena, struct text yaml, struct tree_documents *ret,
	      struct err *err)
{
	struct reader reader = {.arena = arena, .documents = ret};
	enum step step = STEP_ON;

	*ret = (struct tree_documents){0};
	if (yaml.length > TREE_TEXT_LIMIT) {
		fault_at(&reader, (yaml_mark_t){0, 0, 0},
			 "the file is larger than 8 MiB");
		return 0;
	}
	if (!yaml_parser_initialize(&reader.parser))
		return err_set(err, ERR_MEMORY, "out of memory reading rules");
	yaml_parser_set_input_string(
		&reader.parser, (const unsigned char *)(yaml.bytes ? yaml.bytes : ""),
		yaml.length);
	while (step == STEP_ON) {
		yaml_event_t event;
		if (!yaml_parser_parse(&reader.parser, &event)) {
			const yaml_parser_t *parser = &reader.parser;
			step = parser->error == YAML_MEMORY_ERROR
				       ? STEP_MEMORY
				       : fault_at(&reader, parser->problem_mark,
						  parser->problem ? parser->problem
								  : "this is not YAML");
			break;
		}
		step = take(&reader, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&reader.parser);
	if (step == STEP_MEMORY)
		return err_set(err, ERR_MEMORY, "out of memory reading rules");
	return 0;
}

struct tree *tree_get(const struct tree *map, const char *key, struct tree **ret_key)
{
	struct text name = text_of(key);
	if (map->kind != TREE_MAP)
		return NULL;
	for (size_t i = 0; i < map->count; i++) {
		if (!text_equal(map->items[2 * i]->text, name))
			continue;
		if (ret_key)
			*ret_key = map->items[2 * i];
		return map->items[2 * i + 1];
	}
	return NULL;
}

static bool is_one_of(struct text t, const char *a, const char *b, const char *c)
{
	return text_equal(t, text_of(a)) || text_equal(t, text_of(b)) ||
	       text_equal(t, text_of(c));
}

/* [-+]? ( digits | 0o octal | 0x hexadecimal ), no superfluous zero in front. */
static bool read_integer(struct text t, int64_t *ret)
{
	bool negative = t.length && t.bytes[0] == '-';
	if (t.length && (t.bytes[0] == '-' || t.bytes[0] == '+'))
		t = text_skip(t, 1);
	unsigned base = 10;
	if (t.length > 2 && t.bytes[0] == '0' &&
	    (t.bytes[1] == 'x' || t.bytes[1] == 'o')) {
		base = t.bytes[1] == 'x' ? 16 : 8;
		t = text_skip(t, 2);
	} else if (t.length > 1 && t.bytes[0] == '0') {
		return false;
	}
	uint64_t n = 0;
	for (size_t i = 0; i < t.length; i++) {
		int digit = hex_digit(t.bytes[i]);
		if (digit < 0 || (unsigned)digit >= base ||
		    __builtin_mul_overflow(n, base, &n) ||
		    __builtin_add_overflow(n, (unsigned)digit, &n))
			return false;
	}
	if (t.length == 0 || n > INT64_MAX)
		return false;
	*ret = negative ? -(int64_t)n : (int64_t)n;
	return true;
}

/* [-+]? ( .digits | digits [.digits] ) [ e[-+]digits ], with a point or an exponent. */
static bool read_real(struct text t, double *ret)
{
	size_t i = 0, digits = 0, start;
	bool point = false, exponent = false;
	if (i < t.length && (t.bytes[i] == '-' || t.bytes[i] == '+'))
		i++;
	start = i;
	for (; i < t.length && (is_digit(t.bytes[i]) || (t.bytes[i] == '.' && !point));
	     i++) {
		if (t.bytes[i] == '.')
			point = true;
		else
			digits++;
	}
	if (digits == 0 || (t.bytes[start] == '0' && start + 1 < t.length &&
			    is_digit(t.bytes[start + 1])))
		return false;
	if (i < t.length && (t.bytes[i] == 'e' || t.bytes[i] == 'E')) {
		exponent = true;
		i++;
		if (i < t.length && (t.bytes[i] == '-' || t.bytes[i] == '+'))
			i++;
		if (i == t.length)
			return false;
		for (; i < t.length && is_digit(t.bytes[i]); i++)
			;
	}
	if (i != t.length || t.length > 60 || (!point && !exponent))
		return false;
	char copy[64];
	memcpy(copy, t.bytes, t.length);
	copy[t.length] = '\0';
	*ret = strtod(copy, NULL);
	return isfinite(*ret);
}

struct tree_value tree_value(const struct tree *scalar)
{
	struct tree_value value = {.type = TREE_TEXT};
	struct text t = scalar->text;
	if (scalar->kind != TREE_SCALAR || !scalar->plain)
		return value;
	if (t.length == 0 || is_one_of(t, "null", "Null", "NULL") ||
	    text_equal(t, TEXT("~"))) {
		value.type = TREE_NULL;
	} else if (is_one_of(t, "true", "True", "TRUE")) {
		value.type = TREE_BOOL;
		value.truth = true;
	} else if (is_one_of(t, "false", "False", "FALSE")) {
		value.type = TREE_BOOL;
	} else if (read_integer(t, &value.integer)) {
		value.type = TREE_NUMBER;
		value.integral = true;
		value.real = (double)value.integer;
	} else if (read_real(t, &value.real)) {
		value.type = TREE_NUMBER;
		if (fabs(value.real) < 9007199254740992.0 &&
		    !((double)(int64_t)value.real < value.real) &&
		    !((double)(int64_t)value.real > value.real)) {
			value.integral = true;
			value.integer = (int64_t)value.real;
		}
	}
	return value;
}
