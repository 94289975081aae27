/*
 * Conditions, by recursive descent:
 *
 *   or   = and { "or" and }
 *   and  = not { "and" not }
 *   not  = { "not" } unit
 *   unit = "(" or ")" | ( "1" | "any" | "all" ) "of" ( "them" | pattern ) | name
 */
#include "sigma/set.h"

#define CONDITION_DEPTH 64

struct reading {
	struct loading *loading;
	const struct tree *at;
	struct text text;
	size_t place;
	struct text token; /* the next; empty at the end */
	struct selection *selections;
	size_t count;
	unsigned depth;
};

static struct expression *read_or(struct reading *reading);

static bool is_name(char c)
{
	return is_alnum(c) || c == '_' || c == '-' || c == '*' || c == '?' || c == '.' ||
	       (unsigned char)c >= 0x80;
}

static void advance(struct reading *r)
{
	struct text t = r->text;
	while (r->place < t.length && is_space(t.bytes[r->place]))
		r->place++;
	size_t start = r->place;
	while (r->place < t.length && is_name(t.bytes[r->place]))
		r->place++;
	if (r->place == start && start < t.length)
		r->place++; /* a bracket, or something that is none */
	r->token = (struct text){t.bytes + start, r->place - start};
}

static bool next_is(const struct reading *r, const char *word)
{
	return text_equal(r->token, text_of(word));
}

static struct expression *wrong(struct reading *r, const char *wanted)
{
	if (r->loading->refused)
		return NULL;
	if (next_is(r, "|"))
		refuse(r->loading, r->at,
		       "aggregations after '|' are not part of Sigma 2: write a "
		       "correlation");
	else if (r->token.length == 0)
		refuse(r->loading, r->at, "the condition ends where %s should be",
		       wanted);
	else
		refuse(r->loading, r->at,
		       "'%.*s' stands in the condition where %s should be",
		       TEXT_PRINT(r->token), wanted);
	return NULL;
}

static bool is_word(struct text token)
{
	static const char *const words[] = {"and", "or", "not", "of", "them"};
	for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
		if (text_equal_nocase(token, text_of(words[i])))
			return true;
	return token.length == 0 || !is_name(token.bytes[0]);
}

/* "*" stands for any run of characters. */
static bool name_matches(struct text pattern, struct text name)
{
	size_t i = 0, j = 0, star = SIZE_MAX, mark = 0;
	while (j < name.length) {
		if (i < pattern.length && pattern.bytes[i] == '*') {
			star = i++;
			mark = j;
		} else if (i < pattern.length && pattern.bytes[i] == name.bytes[j]) {
			i++;
			j++;
		} else if (star != SIZE_MAX) {
			i = star + 1;
			j = ++mark;
		} else {
			return false;
		}
	}
	while (i < pattern.length && pattern.bytes[i] == '*')
		i++;
	return i == pattern.length;
}

static struct expression *read_of(struct reading *r, enum expression_kind kind)
{
	struct loading *loading = r->loading;
	advance(r);
	bool them = next_is(r, "them");
	struct text pattern = r->token;
	if (!them && is_word(pattern))
		return wrong(r, "a pattern of names");
	struct expression **parts = arena_get_many(loading->scratch, r->count + 1,
						   sizeof(struct expression *));
	size_t n = 0;
	if (!parts)
		return loading_memory(loading);
	for (size_t i = 0; i < r->count; i++) {
		struct selection *s = &r->selections[i];
		bool hidden = s->name.length && s->name.bytes[0] == '_';
		if (them ? hidden : !name_matches(pattern, s->name))
			continue;
		s->used = true;
		parts[n++] = s->when;
	}
	if (n == 0) {
		refuse(loading, r->at, "no selection is named like '%.*s'",
		       TEXT_PRINT(pattern));
		return NULL;
	}
	advance(r);
	struct expression *e = expression_new(loading->set, kind, parts, n);
	return e ? e : loading_memory(loading);
}

static struct expression *read_name(struct reading *r)
{
	struct text name = r->token;
	advance(r);
	if (next_is(r, "of")) {
		if (text_equal(name, TEXT("1")) || text_equal(name, TEXT("any")))
			return read_of(r, EXPRESSION_OR);
		if (text_equal(name, TEXT("all")))
			return read_of(r, EXPRESSION_AND);
		refuse(r->loading, r->at,
		       "'%.*s of': Sigma has '1 of', 'any of' and 'all of'",
		       TEXT_PRINT(name));
		return NULL;
	}
	for (size_t i = 0; i < r->count; i++) {
		if (text_equal(r->selections[i].name, name)) {
			r->selections[i].used = true;
			return r->selections[i].when;
		}
	}
	refuse(r->loading, r->at, "the condition names '%.*s', which is no selection",
	       TEXT_PRINT(name));
	return NULL;
}

static struct expression *read_unit(struct reading *r)
{
	if (!next_is(r, "("))
		return is_word(r->token) ? wrong(r, "a selection") : read_name(r);
	if (++r->depth > CONDITION_DEPTH) {
		refuse(r->loading, r->at, "the condition is nested too deeply");
		return NULL;
	}
	advance(r);
	struct expression *e = read_or(r);
	if (!e)
		return NULL;
	if (!next_is(r, ")"))
		return wrong(r, "')'");
	r->depth--;
	advance(r);
	return e;
}

static struct expression *read_not(struct reading *r)
{
	bool negative = false;
	while (next_is(r, "not")) {
		negative = !negative;
		advance(r);
	}
	struct expression *e = read_unit(r);
	if (e && negative) {
		e = expression_not(r->loading->set, e);
		return e ? e : loading_memory(r->loading);
	}
	return e;
}

/* One level of operators that all are the same word. */
static struct expression *read_row(struct reading *r, const char *word,
				   enum expression_kind kind,
				   struct expression *(*below)(struct reading *))
{
	struct expression *e = below(r);
	if (!e || !next_is(r, word))
		return e;
	size_t count = 1, room = 8;
	struct expression **parts =
		arena_get_many(r->loading->scratch, room, sizeof(*parts));
	if (!parts)
		return loading_memory(r->loading);
	parts[0] = e;
	while (next_is(r, word)) {
		if (count == room) {
			struct expression **wider = arena_get_many(
				r->loading->scratch, room * 2, sizeof(*wider));
			if (!wider)
				return loading_memory(r->loading);
			memcpy(wider, parts, count * sizeof(struct expression *));
			parts = wider;
			room *= 2;
		}
		advance(r);
		parts[count] = below(r);
		if (!parts[count++])
			return NULL;
	}
	e = expression_new(r->loading->set, kind, parts, count);
	return e ? e : loading_memory(r->loading);
}

static struct expression *read_and(struct reading *r)
{
	return read_row(r, "and", EXPRESSION_AND, read_not);
}

static struct expression *read_or(struct reading *r)
{
	return read_row(r, "or", EXPRESSION_OR, read_and);
}

static struct expression *read_one(struct loading *loading, const struct tree *at,
				   struct selection *selections, size_t count)
{
	struct reading r = {
		.loading = loading, .at = at, .selections = selections, .count = count};
	if (at->kind != TREE_SCALAR || tree_is_null(at)) {
		refuse(loading, at, "a condition must be a text");
		return NULL;
	}
	r.text = at->text;
	advance(&r);
	struct expression *e = read_or(&r);
	if (e && r.token.length)
		return wrong(&r, "'and', 'or' or the end");
	return e;
}

struct expression *condition_read(struct loading *loading, const struct tree *condition,
				  struct selection *selections, size_t count)
{
	if (condition->kind != TREE_LIST)
		return read_one(loading, condition, selections, count);
	if (condition->count == 0) {
		refuse(loading, condition, "an empty list of conditions");
		return NULL;
	}
	struct expression **parts = arena_get_many(loading->scratch, condition->count,
						   sizeof(struct expression *));
	if (!parts)
		return loading_memory(loading);
	for (size_t i = 0; i < condition->count; i++) {
		parts[i] = read_one(loading, condition->items[i], selections, count);
		if (!parts[i])
			return NULL;
	}
	struct expression *e =
		expression_new(loading->set, EXPRESSION_OR, parts, condition->count);
	return e ? e : loading_memory(loading);
}
