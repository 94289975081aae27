/* Selections: fields with modifiers and values become atoms. */
#include "sigma/fold.h"
#include "sigma/set.h"

#define VALUES_LIMIT 65536 /* that one value may become */

enum modifier {
#define MODIFIER(identifier, name, kind, meaning) MODIFIER_##identifier,
#include "sigma/modifiers.def"
#undef MODIFIER
	MODIFIER_COUNT
};

enum modifier_kind {
	KIND_COMBINE,
	KIND_CASE,
	KIND_TEXT,
	KIND_OPERATOR,
	KIND_FLAG,
	KIND_REFERENCE,
	KIND_COMPARE,
	KIND_TIME,
	KIND_ENCODE
};

static const struct {
	const char *name;
	enum modifier_kind kind;
} modifiers[] = {
#define MODIFIER(identifier, name, kind, meaning) {name, KIND_##kind},
#include "sigma/modifiers.def"
#undef MODIFIER
};

#define CHAIN_LIMIT 12

/* A field and what follows it. */
struct item {
	struct loading *loading;
	const struct tree *key;
	uint32_t field;
	bool keyword; /* no field: any value of the record */
	bool has[MODIFIER_COUNT];
	enum modifier chain[CHAIN_LIMIT];
	size_t chain_length;
	unsigned regex_flags;
};

static enum modifier modifier_from_name(struct text name)
{
	for (size_t i = 0; i < MODIFIER_COUNT; i++)
		if (text_equal(name, text_of(modifiers[i].name)))
			return (enum modifier)i;
	return MODIFIER_COUNT;
}

static bool has_kind(const struct item *item, enum modifier_kind kind)
{
	for (size_t i = 0; i < item->chain_length; i++)
		if (modifiers[item->chain[i]].kind == kind)
			return true;
	return false;
}

static size_t count_kind(const struct item *item, enum modifier_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < item->chain_length; i++)
		n += modifiers[item->chain[i]].kind == kind;
	return n;
}

static bool read_modifier(struct item *item, struct text name)
{
	enum modifier modifier = modifier_from_name(name);
	if (modifier == MODIFIER_COUNT) {
		refuse(item->loading, item->key, "there is no modifier '%.*s'",
		       TEXT_PRINT(name));
		return false;
	}
	if (item->has[modifier] || item->chain_length == CHAIN_LIMIT) {
		refuse(item->loading, item->key, "modifier '%.*s' is there twice",
		       TEXT_PRINT(name));
		return false;
	}
	if (modifiers[modifier].kind == KIND_FLAG && !item->has[MODIFIER_RE]) {
		refuse(item->loading, item->key, "modifier '%.*s' comes after 're'",
		       TEXT_PRINT(name));
		return false;
	}
	item->has[modifier] = true;
	item->chain[item->chain_length++] = modifier;
	return true;
}

static bool clash(struct item *item, const char *reason)
{
	refuse(item->loading, item->key, "%s", reason);
	return false;
}

/* Which modifiers go together. */
static bool check_chain(struct item *item)
{
	const bool *has = item->has;
	size_t texts = count_kind(item, KIND_TEXT),
	       operators = count_kind(item, KIND_OPERATOR);
	bool compare = has_kind(item, KIND_COMPARE), time = has_kind(item, KIND_TIME);
	bool encode = has_kind(item, KIND_ENCODE), reference = has[MODIFIER_FIELDREF];

	if (has[MODIFIER_RE] && texts == 1 && has[MODIFIER_CONTAINS])
		warn(item->loading, item->key,
		     "'contains' adds nothing to 're', which searches anyway");
	else if (texts > 1 || operators + (texts && !reference) > 1)
		return clash(item,
			     "only one of the modifiers contains, startswith, endswith, "
			     "re, cidr and exists can apply");
	if (count_kind(item, KIND_COMPARE) > 1)
		return clash(item,
			     "only one of the modifiers lt, lte, gt and gte can apply");
	if (count_kind(item, KIND_TIME) > 1)
		return clash(item, "only one part of a date can be taken");
	if ((compare || time) &&
	    (texts || operators || reference || encode || has[MODIFIER_CASED]))
		return clash(item, "numbers cannot be compared as texts");
	if (reference && (operators || encode))
		return clash(
			item,
			"a field reference goes with contains, startswith, endswith, "
			"cased and neq only");
	if (has[MODIFIER_CASED] && operators)
		return clash(item, "'cased' goes with texts only");
	if (encode && operators &&
	    !(has[MODIFIER_EXPAND] && count_kind(item, KIND_ENCODE) == 1 &&
	      !has[MODIFIER_EXISTS]))
		return clash(item, "only texts can be encoded");
	if (has[MODIFIER_UTF16] + has[MODIFIER_UTF16LE] + has[MODIFIER_UTF16BE] +
		    has[MODIFIER_WIDE] >
	    1)
		return clash(item, "only one encoding in UTF-16 can apply");
	if (has[MODIFIER_BASE64] && has[MODIFIER_BASE64OFFSET])
		return clash(item, "base64 cannot apply twice");
	if (has[MODIFIER_NEQ] && (has[MODIFIER_EXISTS] || compare))
		return clash(
			item,
			"'neq' goes with equality, texts, re, cidr, fieldref and dates");
	if (item->keyword && (compare || time || reference || has[MODIFIER_EXISTS] ||
			      has[MODIFIER_CIDR] || has[MODIFIER_NEQ]))
		return clash(item, "this modifier needs a field");
	return true;
}

static bool read_key(struct item *item)
{
	struct text rest = item->key ? item->key->text : TEXT_NONE;
	struct text name = text_split(&rest, '|');
	while (rest.bytes)
		if (!read_modifier(item, text_split(&rest, '|')))
			return false;
	item->keyword = name.length == 0;
	item->field = field_read(item->loading, item->key, name);
	if (item->field == SIGMA_NONE)
		return false;
	item->regex_flags = (item->has[MODIFIER_I] ? REGEX_CASELESS : 0u) |
			    (item->has[MODIFIER_M] ? REGEX_MULTILINE : 0u) |
			    (item->has[MODIFIER_S] ? REGEX_DOTALL : 0u);
	return check_chain(item);
}

static struct atom atom_for(const struct item *item, enum atom_kind kind)
{
	return (struct atom){.kind = (uint8_t)kind, .field = item->field};
}

static struct expression *make(struct item *item, const struct atom *atom)
{
	struct expression *e = expression_atom(item->loading->set, atom);
	return e ? e : loading_memory(item->loading);
}

/* The folded copy of a text lives in the file's arena; the set copies it. */
static bool fold_literal(struct item *item, struct text *literal)
{
	char *folded = arena_get(item->loading->scratch, literal->length + 8);
	if (!folded)
		return false;
	fold(*literal, folded);
	literal->bytes = folded;
	return true;
}

/* Fold the runs of bytes between wildcards. */
static bool fold_pattern(struct item *item, struct pattern pattern)
{
	struct text run = {arena_get(item->loading->scratch, pattern.length + 8), 0};
	if (!run.bytes)
		return false;
	for (size_t i = 0; i < pattern.length; i += run.length + 1) {
		char *bytes = (char *)(uintptr_t)run.bytes;
		run.length = 0;
		while (i + run.length < pattern.length &&
		       pattern.units[i + run.length] < UNIT_ANY) {
			bytes[run.length] = (char)pattern.units[i + run.length];
			run.length++;
		}
		fold(run, bytes);
		for (size_t k = 0; k < run.length; k++)
			pattern.units[i + k] = (unsigned char)bytes[k];
	}
	return true;
}

/* A pattern whose only wildcards are "*" at its ends is a plain text test. */
static struct expression *pattern_atom(struct item *item, struct pattern p)
{
	bool open_start = p.length && p.units[0] == UNIT_ANY;
	bool open_end = p.length && p.units[p.length - 1] == UNIT_ANY;
	struct pattern inner = p;
	while (inner.length && inner.units[0] == UNIT_ANY) {
		inner.units++;
		inner.length--;
	}
	while (inner.length && inner.units[inner.length - 1] == UNIT_ANY)
		inner.length--;

	struct atom atom = atom_for(item, ATOM_PATTERN);
	atom.cased = item->has[MODIFIER_CASED];
	if (!pattern_is_literal(inner)) {
		atom.pattern = p;
		if (!atom.cased && !fold_pattern(item, p))
			return loading_memory(item->loading);
		return make(item, &atom);
	}
	atom.kind = open_start && open_end ? ATOM_CONTAINS
		    : open_start	   ? ATOM_SUFFIX
		    : open_end		   ? ATOM_PREFIX
					   : ATOM_EXACT;
	if (inner.length == 0 && p.length)
		atom.kind = ATOM_CONTAINS;
	atom.literal = pattern_literal(item->loading->scratch, inner);
	if (!atom.literal.bytes || (!atom.cased && !fold_literal(item, &atom.literal)))
		return loading_memory(item->loading);
	return make(item, &atom);
}

static struct pattern open_pattern(struct item *item, struct pattern p, bool start,
				   bool end)
{
	struct pattern wide = {
		arena_get_many(item->loading->scratch, p.length + 2, sizeof(uint16_t)),
		0};
	if (!wide.units)
		return wide;
	if (start)
		wide.units[wide.length++] = UNIT_ANY;
	for (size_t i = 0; i < p.length; i++)
		wide.units[wide.length++] = p.units[i];
	if (end)
		wide.units[wide.length++] = UNIT_ANY;
	return wide;
}

static void encode_one(struct item *item, enum modifier how, struct pattern p,
		       struct patterns *to)
{
	struct pattern same = p;
	switch (how) {
	case MODIFIER_WINDASH:
		pattern_windash(p, to->arena, &same);
		patterns_add(to, same);
		break;
	case MODIFIER_UTF16:
		patterns_add(to, pattern_utf16(to->arena, p, UTF16_MARKED));
		break;
	case MODIFIER_UTF16BE:
		patterns_add(to, pattern_utf16(to->arena, p, UTF16_BIG));
		break;
	case MODIFIER_UTF16LE:
	case MODIFIER_WIDE:
		patterns_add(to, pattern_utf16(to->arena, p, UTF16_LITTLE));
		break;
	case MODIFIER_BASE64:
	case MODIFIER_BASE64OFFSET:
		if (pattern_has_wildcard(p)) {
			refuse(item->loading, item->key,
			       "a value with wildcards cannot be put in Base64");
			break;
		}
		if (how == MODIFIER_BASE64) {
			patterns_add(to, pattern_base64(to->arena, p));
			break;
		}
		for (size_t shift = 0; shift < 3; shift++) {
			struct pattern shifted =
				pattern_base64_shifted(to->arena, p, shift);
			if (shifted.length || !shifted.units)
				patterns_add(to, shifted);
			else
				refuse(item->loading, item->key,
				       "the value is too short for base64offset");
		}
		break;
	default:
		patterns_add(to, p);
	}
}

static bool encode_all(struct item *item, enum modifier how, struct patterns *patterns)
{
	struct patterns to = {.arena = patterns->arena};
	for (size_t i = 0; i < patterns->count && !item->loading->refused; i++) {
		struct pattern p = patterns->list[i];
		struct patterns spelled = {.arena = patterns->arena};
		if (how == MODIFIER_WINDASH || !pattern_has_dash(p)) {
			encode_one(item, how, p, &to);
			continue;
		}
		if (!pattern_spell_dashes(p, &spelled))
			refuse(item->loading, item->key, "too many dashes for windash");
		for (size_t k = 0; k < spelled.count && !to.failed; k++)
			encode_one(item, how, spelled.list[k], &to);
		to.failed |= spelled.failed;
	}
	*patterns = to;
	if (to.failed)
		loading_memory(item->loading);
	return !to.failed && !item->loading->refused;
}

/* One Sigma text through the encoders and the operator. */
static struct expression *text_value(struct item *item, struct text value)
{
	struct sigma_set *set = item->loading->set;
	struct patterns patterns = {.arena = item->loading->scratch};
	patterns_add(&patterns, pattern_from_sigma(patterns.arena, value));
	if (patterns.failed)
		return loading_memory(item->loading);
	for (size_t i = 0; i < item->chain_length; i++)
		if (modifiers[item->chain[i]].kind == KIND_ENCODE &&
		    item->chain[i] != MODIFIER_EXPAND &&
		    !encode_all(item, item->chain[i], &patterns))
			return NULL;

	bool contains = item->has[MODIFIER_CONTAINS] ||
			(item->keyword && !item->has[MODIFIER_STARTSWITH] &&
			 !item->has[MODIFIER_ENDSWITH]);
	bool start = contains || item->has[MODIFIER_ENDSWITH];
	bool end = contains || item->has[MODIFIER_STARTSWITH];
	struct expression **any = arena_get_many(patterns.arena, patterns.count + 1,
						 sizeof(struct expression *));
	if (!any)
		return loading_memory(item->loading);
	for (size_t i = 0; i < patterns.count; i++) {
		struct pattern p = open_pattern(item, patterns.list[i], start, end);
		any[i] = p.units ? pattern_atom(item, p) : loading_memory(item->loading);
		if (!any[i])
			return NULL;
	}
	return expression_new(set, EXPRESSION_OR, any, patterns.count);
}

static struct expression *regex_value(struct item *item, const struct tree *at,
				      struct text value)
{
	struct atom atom = atom_for(item, ATOM_REGEX);
	char reason[256];
	atom.literal = value;
	atom.regex_flags = (uint8_t)item->regex_flags;
	struct expression *e = make(item, &atom);
	if (!e)
		return NULL;
	struct atom *made = &item->loading->set->atoms[e->atom];
	if (!made->regex)
		made->regex = regex_new(made->literal, made->regex_flags, reason);
	if (!made->regex) {
		refuse(item->loading, at, "the regular expression cannot be used: %s",
		       reason);
		return NULL;
	}
	return e;
}

static struct expression *cidr_value(struct item *item, const struct tree *at,
				     struct text value)
{
	struct atom atom = atom_for(item, ATOM_CIDR);
	const char *wrong = network_read(value, &atom.network);
	if (wrong) {
		refuse(item->loading, at, "'%.*s' is no network: %s", TEXT_PRINT(value),
		       wrong);
		return NULL;
	}
	return make(item, &atom);
}

static struct expression *reference_value(struct item *item, const struct tree *at,
					  struct text value)
{
	struct atom atom = atom_for(item, ATOM_REFERENCE);
	atom.cased = item->has[MODIFIER_CASED];
	atom.comparison = item->has[MODIFIER_CONTAINS]	   ? ATOM_CONTAINS
			  : item->has[MODIFIER_STARTSWITH] ? ATOM_PREFIX
			  : item->has[MODIFIER_ENDSWITH]   ? ATOM_SUFFIX
							   : ATOM_EXACT;
	atom.other = field_read(item->loading, at, value);
	return atom.other == SIGMA_NONE ? NULL : make(item, &atom);
}

static const struct placeholder *placeholder_find(const struct sigma_set *set,
						  struct text name)
{
	for (const struct placeholder *p = set->placeholders; p; p = p->next)
		if (text_equal(p->name, name))
			return p;
	return NULL;
}

static bool is_plain_text(const struct item *item)
{
	for (size_t i = 0; i < item->chain_length; i++)
		if (modifiers[item->chain[i]].kind != KIND_COMBINE)
			return false;
	return true;
}

static struct expression *typed_text(struct item *item, const struct tree *at,
				     struct text value)
{
	if (is_plain_text(item))
		value_check(item->loading, at, item->field, value);
	if (item->has[MODIFIER_RE])
		return regex_value(item, at, value);
	if (item->has[MODIFIER_CIDR])
		return cidr_value(item, at, value);
	if (item->has[MODIFIER_FIELDREF])
		return reference_value(item, at, value);
	return text_value(item, value);
}

/* The next "%name%" of a value, from byte `from` on; "\%" is a plain "%". */
static bool next_placeholder(struct text value, size_t from, size_t *ret_at,
			     size_t *ret_end)
{
	for (size_t i = from; i < value.length; i++) {
		if (value.bytes[i] == '\\') {
			i++;
			continue;
		}
		if (value.bytes[i] != '%')
			continue;
		size_t end = i + 1;
		while (end < value.length &&
		       (is_alnum(value.bytes[end]) || memchr("_-.", value.bytes[end], 3)))
			end++;
		if (end > i + 1 && end < value.length && value.bytes[end] == '%') {
			*ret_at = i;
			*ret_end = end + 1;
			return true;
		}
	}
	return false;
}

/* A value after its placeholders were put in: "\%" has done its work. */
static struct text without_escaped_percent(struct loading *loading, struct text value)
{
	char *to = arena_get(loading->scratch, value.length + 1);
	size_t n = 0;
	for (size_t i = 0; to && i < value.length; i++) {
		if (value.bytes[i] == '\\' && i + 1 < value.length &&
		    value.bytes[i + 1] == '%')
			i++;
		to[n++] = value.bytes[i];
	}
	return (struct text){to, n};
}

struct expanding {
	struct item *item;
	const struct tree *at;
	struct expression **list;
	size_t count, room;
};

static bool expanding_add(struct expanding *e, struct expression *value)
{
	if (!value)
		return false;
	if (e->count == e->room) {
		size_t room = e->room ? e->room * 2 : 8;
		struct expression **list = arena_get_many(e->item->loading->scratch, room,
							  sizeof(struct expression *));
		if (!list) {
			loading_memory(e->item->loading);
			return false;
		}
		for (size_t i = 0; i < e->count; i++)
			list[i] = e->list[i];
		e->list = list;
		e->room = room;
	}
	e->list[e->count++] = value;
	return true;
}

static bool expand(struct expanding *e, struct text value, size_t from, unsigned depth)
{
	struct loading *loading = e->item->loading;
	size_t at, end;
	if (!next_placeholder(value, from, &at, &end)) {
		struct text plain = without_escaped_percent(loading, value);
		if (!plain.bytes)
			return loading_memory(loading) != NULL;
		return expanding_add(e, typed_text(e->item, e->at, plain));
	}
	struct text name = {value.bytes + at + 1, end - at - 2};
	const struct placeholder *p = placeholder_find(loading->set, name);
	if ((!p && !loading->set->placeholders_optional) || depth > 8 ||
	    e->count > VALUES_LIMIT) {
		refuse(loading, e->at,
		       p ? "placeholder '%%%.*s%%' gives too many values"
			 : "no list is configured for placeholder '%%%.*s%%'",
		       TEXT_PRINT(name));
		return false;
	}
	if (!p)
		warn(loading, e->at, "placeholder '%%%.*s%%' is taken as an empty list",
		     TEXT_PRINT(name));
	for (size_t i = 0; p && i < p->count; i++) {
		size_t length = value.length - (end - at) + p->values[i].length;
		char *to = arena_get(loading->scratch, length + 1);
		if (!to)
			return loading_memory(loading) != NULL;
		memcpy(to, value.bytes, at);
		if (p->values[i].length)
			memcpy(to + at, p->values[i].bytes, p->values[i].length);
		memcpy(to + at + p->values[i].length, value.bytes + end,
		       value.length - end);
		if (!expand(e, (struct text){to, length}, at + p->values[i].length,
			    depth + 1))
			return false;
	}
	return true;
}

static struct expression *expanded_text(struct item *item, const struct tree *at,
					struct text value)
{
	struct expanding e = {.item = item, .at = at};
	if (!expand(&e, value, 0, 0))
		return NULL;
	return expression_new(item->loading->set,
			      e.count ? EXPRESSION_OR : EXPRESSION_FALSE, e.list,
			      e.count);
}

static struct expression *number_value(struct item *item, const struct tree *at,
				       struct tree_value number)
{
	struct atom atom = atom_for(item, ATOM_COMPARE);
	char digits[24];
	bool time = has_kind(item, KIND_TIME);
	if (item->keyword && !number.integral)
		return text_value(item, at->text);
	if (!time && !has_kind(item, KIND_COMPARE) && number.integral) {
		/* Whole numbers are found as the text of their digits. */
		int n = snprintf(digits, sizeof(digits), "%lld",
				 (long long)number.integer);
		atom.kind = item->keyword ? ATOM_CONTAINS : ATOM_EXACT;
		atom.literal = (struct text){digits, (size_t)n};
		return make(item, &atom);
	}
	atom.comparison = item->has[MODIFIER_LT]    ? COMPARE_LT
			  : item->has[MODIFIER_LTE] ? COMPARE_LTE
			  : item->has[MODIFIER_GT]  ? COMPARE_GT
			  : item->has[MODIFIER_GTE] ? COMPARE_GTE
						    : COMPARE_EQ;
	atom.real = number.real;
	for (size_t i = 0; time && i < item->chain_length; i++) {
		if (modifiers[item->chain[i]].kind == KIND_TIME) {
			atom.kind = ATOM_TIME;
			atom.time_part = (uint8_t)(item->chain[i] - MODIFIER_MINUTE);
		}
	}
	return make(item, &atom);
}

static struct expression *wrong_type(struct item *item, const struct tree *at,
				     const char *wanted)
{
	refuse(item->loading, at, "the modifiers want %s", wanted);
	return NULL;
}

static struct expression *one_value(struct item *item, const struct tree *at,
				    bool in_list)
{
	if (at->kind != TREE_SCALAR) {
		refuse(item->loading, at,
		       "a value must be a text, a number, true, false or null");
		return NULL;
	}
	struct tree_value value = tree_value(at);
	bool only_text = has_kind(item, KIND_TEXT) || has_kind(item, KIND_ENCODE) ||
			 item->has[MODIFIER_CASED] || item->has[MODIFIER_RE] ||
			 item->has[MODIFIER_CIDR] || item->has[MODIFIER_FIELDREF];
	if (item->has[MODIFIER_EXISTS]) {
		struct atom atom = atom_for(item, ATOM_EXISTS);
		if (value.type != TREE_BOOL || in_list)
			return wrong_type(item, at, "true or false");
		struct expression *there = make(item, &atom);
		return value.truth ? there : expression_not(item->loading->set, there);
	}
	if ((has_kind(item, KIND_COMPARE) || has_kind(item, KIND_TIME)) &&
	    value.type != TREE_NUMBER)
		return wrong_type(item, at, "a number");
	if (only_text && value.type != TREE_TEXT)
		return wrong_type(item, at, "a text (in quotes)");
	switch (value.type) {
	case TREE_TEXT:
		return item->has[MODIFIER_EXPAND] ? expanded_text(item, at, at->text)
						  : typed_text(item, at, at->text);
	case TREE_NUMBER:
		return number_value(item, at, value);
	case TREE_BOOL: {
		struct atom atom =
			atom_for(item, item->keyword ? ATOM_CONTAINS : ATOM_EXACT);
		atom.literal = value.truth ? TEXT("true") : TEXT("false");
		return make(item, &atom);
	}
	case TREE_NULL:
		break;
	}
	if (item->keyword) {
		refuse(item->loading, at, "null is no keyword");
		return NULL;
	}
	if (in_list)
		warn(item->loading, at,
		     "null stands in a list; Sigma wants a selection of its own");
	struct atom atom = atom_for(item, ATOM_NULL);
	return make(item, &atom);
}

struct expression *detection_item(struct loading *loading, const struct tree *key,
				  const struct tree *values)
{
	struct item item = {.loading = loading, .key = key ? key : values};
	const struct tree *single[1] = {values};
	bool list = values->kind == TREE_LIST;
	size_t count = list ? values->count : 1;

	item.key = key;
	if (!read_key(&item))
		return NULL;
	if (count == 0) {
		refuse(loading, values, "an empty list of values");
		return NULL;
	}
	if (item.has[MODIFIER_ALL] && count == 1)
		warn(loading, key, "'all' wants more than one value");
	struct expression **parts =
		arena_get_many(loading->scratch, count, sizeof(struct expression *));
	if (!parts)
		return loading_memory(loading);
	for (size_t i = 0; i < count; i++) {
		parts[i] = one_value(&item, list ? values->items[i] : single[0], list);
		if (!parts[i])
			return NULL;
	}
	bool all = item.has[MODIFIER_ALL] && !item.has[MODIFIER_NEQ];
	struct expression *e = expression_new(
		loading->set, all ? EXPRESSION_AND : EXPRESSION_OR, parts, count);
	if (e && item.has[MODIFIER_NEQ])
		e = expression_not(loading->set, e);
	return e ? e : loading_memory(loading);
}

static struct expression *map_read(struct loading *loading, const struct tree *map)
{
	struct expression **parts = arena_get_many(loading->scratch, map->count + 1,
						   sizeof(struct expression *));
	if (!parts)
		return loading_memory(loading);
	if (map->count == 0) {
		refuse(loading, map, "an empty selection");
		return NULL;
	}
	for (size_t i = 0; i < map->count; i++) {
		parts[i] =
			detection_item(loading, map->items[2 * i], map->items[2 * i + 1]);
		if (!parts[i])
			return NULL;
	}
	return expression_new(loading->set, EXPRESSION_AND, parts, map->count);
}

static struct expression *selection_read(struct loading *loading,
					 const struct tree *selection)
{
	if (selection->kind == TREE_MAP)
		return map_read(loading, selection);
	if (selection->kind == TREE_SCALAR) {
		if (tree_is_null(selection)) {
			refuse(loading, selection, "an empty selection");
			return NULL;
		}
		return detection_item(loading, NULL, selection);
	}
	struct expression **parts = arena_get_many(loading->scratch, selection->count + 1,
						   sizeof(struct expression *));
	if (!parts)
		return loading_memory(loading);
	if (selection->count == 0) {
		refuse(loading, selection, "an empty selection");
		return NULL;
	}
	for (size_t i = 0; i < selection->count; i++) {
		const struct tree *part = selection->items[i];
		if (part->kind == TREE_LIST) {
			refuse(loading, part, "a list inside of a list");
			return NULL;
		}
		parts[i] = selection_read(loading, part);
		if (!parts[i])
			return NULL;
	}
	return expression_new(loading->set, EXPRESSION_OR, parts, selection->count);
}

struct expression *detection_read(struct loading *loading, const struct tree *at,
				  const struct tree *detection)
{
	if (!detection || detection->kind != TREE_MAP || detection->count == 0) {
		refuse(loading, detection ? detection : at,
		       "'detection' must be a map of selections");
		return NULL;
	}
	struct selection *selections =
		arena_get_many(loading->scratch, detection->count, sizeof(*selections));
	const struct tree *condition = tree_get(detection, "condition", NULL);
	bool is_filter = tree_get(at, "filter", NULL) == detection;
	size_t count = 0;
	if (!selections)
		return loading_memory(loading);
	if (!condition) {
		refuse(loading, detection, "there is no condition");
		return NULL;
	}
	for (size_t i = 0; i < detection->count; i++) {
		const struct tree *key = detection->items[2 * i];
		if (text_equal(key->text, TEXT("condition")) ||
		    (is_filter && text_equal(key->text, TEXT("rules"))))
			continue;
		if (text_equal(key->text, TEXT("timeframe"))) {
			warn(loading, key,
			     "'timeframe' has no meaning outside of a correlation");
			continue;
		}
		selections[count].key = key;
		selections[count].name = key->text;
		selections[count].when =
			selection_read(loading, detection->items[2 * i + 1]);
		if (!selections[count++].when)
			return NULL;
	}
	if (count == 0) {
		refuse(loading, detection, "there is no selection");
		return NULL;
	}
	struct expression *when = condition_read(loading, condition, selections, count);
	for (size_t i = 0; when && i < count; i++)
		if (!selections[i].used)
			warn(loading, selections[i].key, "the condition does not name '%.*s'",
			     TEXT_PRINT(selections[i].name));
	return when;
}
