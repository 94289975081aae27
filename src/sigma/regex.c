#include "sigma/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <hs.h>
#include <pcre2.h>

#define REGEX_LENGTH_LIMIT 8192
#define REGEX_NESTING_LIMIT 100
/*
 * PCRE2 counts steps anew at each place where a match may start, and a step
 * may walk the whole value: a backtracking search costs at most
 * length * steps * length.
 */
#define REGEX_BACKTRACK_LENGTH 2048
#define REGEX_BACKTRACK_STEPS 64u
#define REGEX_HEAP_KIB 4096

/*
 * An automaton over bytes is made in a fraction of the time of one over
 * characters, and on text in ASCII they are the same. So the second is made
 * when the first other text comes, once.
 */
struct regex {
	const char *pattern; /* the caller's */
	unsigned flags;
	hs_database_t *bytes, *characters;
	bool characters_tried;
	pcre2_code *code; /* where there is no automaton */
};

struct regex_work {
	hs_scratch_t *scratch;
	pcre2_match_context *context;
	pcre2_match_data *match;
	uint64_t given_up;
};

struct regex_work *regex_work_new(void)
{
	struct regex_work *work = calloc(1, sizeof(*work));
	if (!work)
		return NULL;
	work->context = pcre2_match_context_create(NULL);
	work->match = pcre2_match_data_create(1, NULL);
	if (!work->context || !work->match) {
		regex_work_free(work);
		return NULL;
	}
	pcre2_set_heap_limit(work->context, REGEX_HEAP_KIB);
	pcre2_set_match_limit(work->context, REGEX_BACKTRACK_STEPS);
	pcre2_set_depth_limit(work->context, REGEX_BACKTRACK_STEPS);
	return work;
}

bool regex_work_prepare(struct regex_work *work, const struct regex *regex)
{
	const hs_database_t *automaton = regex->bytes ? regex->bytes : regex->characters;
	return !automaton || hs_alloc_scratch(automaton, &work->scratch) == HS_SUCCESS;
}

void regex_work_free(struct regex_work *work)
{
	if (!work)
		return;
	hs_free_scratch(work->scratch);
	pcre2_match_context_free(work->context);
	pcre2_match_data_free(work->match);
	free(work);
}

uint64_t regex_work_given_up(const struct regex_work *work)
{
	return work->given_up;
}

static uint32_t pcre2_options(unsigned flags)
{
	return PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C |
	       (flags & REGEX_CASELESS ? (uint32_t)PCRE2_CASELESS : 0) |
	       (flags & REGEX_MULTILINE ? (uint32_t)PCRE2_MULTILINE : 0) |
	       (flags & REGEX_DOTALL ? (uint32_t)PCRE2_DOTALL : 0);
}

static unsigned automaton_options(unsigned flags)
{
	return HS_FLAG_ALLOWEMPTY | HS_FLAG_SINGLEMATCH |
	       (flags & REGEX_CASELESS ? HS_FLAG_CASELESS : 0u) |
	       (flags & REGEX_MULTILINE ? HS_FLAG_MULTILINE : 0u) |
	       (flags & REGEX_DOTALL ? HS_FLAG_DOTALL : 0u);
}

/* What the language is, PCRE2 says. NULL, and why. */
static pcre2_code *code_new(struct text pattern, unsigned flags, char reason[256])
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	pcre2_code *code = NULL;
	int number = 0;
	PCRE2_SIZE offset = 0;
	snprintf(reason, 256, "out of memory");
	if (!context)
		return NULL;
	pcre2_set_max_pattern_length(context, REGEX_LENGTH_LIMIT);
	pcre2_set_parens_nest_limit(context, REGEX_NESTING_LIMIT);
	code = pcre2_compile((PCRE2_SPTR)pattern.bytes, pattern.length,
			     pcre2_options(flags), &number, &offset, context);
	if (!code) {
		PCRE2_UCHAR message[160];
		pcre2_get_error_message(number, message, sizeof(message));
		snprintf(reason, 256, "%s (at its character %zu)", (char *)message,
			 (size_t)offset + 1);
	}
	pcre2_compile_context_free(context);
	return code;
}

static bool is_ascii(struct text t)
{
	uint64_t all = 0, some;
	size_t i = 0;
	for (; i + 8 <= t.length; i += 8) {
		memcpy(&some, t.bytes + i, 8);
		all |= some;
	}
	for (; i < t.length; i++)
		all |= (unsigned char)t.bytes[i];
	return !(all & 0x8080808080808080u);
}

/* NULL where an automaton cannot do it. */
static hs_database_t *automaton_new(const struct regex *regex, unsigned more)
{
	hs_compile_error_t *wrong = NULL;
	hs_database_t *automaton = NULL;
	if (hs_compile(regex->pattern, automaton_options(regex->flags) | more,
		       HS_MODE_BLOCK, NULL, &automaton, &wrong) == HS_SUCCESS)
		return automaton;
	hs_free_compile_error(wrong);
	return NULL;
}

struct regex *regex_new(struct text pattern, unsigned flags, char reason[256])
{
	struct regex *regex = calloc(1, sizeof(*regex));
	if (!regex) {
		snprintf(reason, 256, "out of memory");
		return NULL;
	}
	regex->pattern = pattern.bytes;
	regex->flags = flags;
	regex->code = code_new(pattern, flags, reason);
	if (!regex->code) {
		free(regex);
		return NULL;
	}
	if (is_ascii(pattern)) {
		regex->bytes = automaton_new(regex, 0);
		regex->characters_tried = !regex->bytes;
	} else {
		regex->characters = automaton_new(regex, HS_FLAG_UTF8);
		regex->characters_tried = true;
	}
	return regex;
}

void regex_free(struct regex *regex)
{
	if (!regex)
		return;
	hs_free_database(regex->bytes);
	hs_free_database(regex->characters);
	pcre2_code_free(regex->code);
	free(regex);
}

static int on_match(unsigned id UNUSED, unsigned long long from UNUSED,
		    unsigned long long to UNUSED, unsigned flags UNUSED,
		    void *context UNUSED)
{
	return 1;
}

static bool backtrack(const struct regex *regex, struct regex_work *work, struct text t)
{
	if (t.length > REGEX_BACKTRACK_LENGTH) {
		work->given_up++;
		return false;
	}
	int found = pcre2_match(regex->code, (PCRE2_SPTR)t.bytes, t.length, 0,
				PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, work->match,
				work->context);
	if (found < 0 && found != PCRE2_ERROR_NOMATCH)
		work->given_up++;
	return found >= 0;
}

static const hs_database_t *automaton_for(struct regex *regex, struct regex_work *work,
					  struct text t)
{
	if (regex->bytes && is_ascii(t))
		return regex->bytes;
	if (!regex->characters_tried) {
		regex->characters_tried = true;
		regex->characters = automaton_new(regex, HS_FLAG_UTF8);
		if (regex->characters &&
		    hs_alloc_scratch(regex->characters, &work->scratch) != HS_SUCCESS) {
			hs_free_database(regex->characters);
			regex->characters = NULL;
		}
	}
	return regex->characters;
}

bool regex_search(struct regex *regex, struct regex_work *work, struct text t)
{
	if (!t.bytes)
		t.bytes = "";
	const hs_database_t *automaton = automaton_for(regex, work, t);
	if (!automaton)
		return backtrack(regex, work, t);
	return t.length <= UINT32_MAX &&
	       hs_scan(automaton, t.bytes, (unsigned)t.length, 0, work->scratch, on_match,
		       NULL) == HS_SCAN_TERMINATED;
}

/* The length of one group or class that starts at i, or 0 where it does not end. */
static size_t skip_bracketed(struct text p, size_t i)
{
	size_t depth = 0, start = i;
	bool class = false;
	for (; i < p.length; i++) {
		char c = p.bytes[i];
		if (c == '\\') {
			i++;
		} else if (class) {
			/* "]" first in a class is a plain character: stay on the safe
			 * side. */
			if (c == ']' && p.bytes[i - 1] != '[' &&
			    !(p.bytes[i - 1] == '^' && p.bytes[i - 2] == '['))
				class = false;
			if (c == '[')
				return 0;
		} else if (c == '[') {
			class = true;
		} else if (c == '(') {
			depth++;
		} else if (c == ')') {
			depth--;
		}
		if (!class && depth == 0 && i < p.length)
			return i + 1 - start;
	}
	return 0;
}

static bool may_be_absent(char quantifier)
{
	return quantifier == '?' || quantifier == '*' || quantifier == '{';
}

/* A plain character of the pattern at i: its length there (1 or, escaped, 2), or 0. */
static size_t plain_at(struct text p, size_t i)
{
	char c = p.bytes[i];
	if ((unsigned char)c >= 0x80)
		return 0;
	if (c == '\\')
		return i + 1 < p.length && (unsigned char)p.bytes[i + 1] < 0x80 &&
				       !is_alnum(p.bytes[i + 1])
			       ? 2
			       : 0;
	return memchr(".^$*+?()[]{}|", c, 13) ? 0 : 1;
}

/* Is there anything that changes what plain characters mean? */
static bool has_rarities(struct text p)
{
	for (size_t i = 0; i + 2 < p.length; i++)
		if (p.bytes[i] == '(' && p.bytes[i + 1] == '?' && p.bytes[i + 2] != ':')
			return true;
	return text_find(p, TEXT("(*")) < p.length ||
	       text_find(p, TEXT("\\Q")) < p.length ||
	       text_find(p, TEXT("\\E")) < p.length;
}

/* The length of what is no plain character at i, or 0 where that is not understood. */
static size_t skip_special(struct text p, size_t i)
{
	switch (p.bytes[i]) {
	case '(':
	case '[':
		return skip_bracketed(p, i);
	case '{':
		return text_find_byte(text_skip(p, i), '}') + 1;
	case '|':
		return 0;
	case '\\':
		/* \xHH, \p{..}, \1: what follows them is no plain text. */
		if (i + 1 < p.length && memchr("dDwWsSbBnrtAzZ", p.bytes[i + 1], 14))
			return 2;
		return 0;
	default:
		return 1;
	}
}

/* Looks at the top level only and gives up on alternatives and anything rare. */
size_t regex_required_runs(struct text p, unsigned flags, char *bytes, struct text *runs,
			   size_t room)
{
	size_t count = 0, length = 0;
	bool caseless = flags & REGEX_CASELESS;
	if (text_starts_with(p, TEXT("(?i)"))) {
		p = text_skip(p, 4);
		caseless = true;
	}
	if (has_rarities(p))
		return 0;
	for (size_t i = 0; i <= p.length;) {
		size_t plain = i < p.length ? plain_at(p, i) : 0;
		/* Without case, U+017F is an "s" and U+212A a "k". */
		if (caseless && plain == 1 && memchr("kKsS", p.bytes[i], 4)) {
			plain = 0;
		} else if (plain) {
			bytes[length++] = p.bytes[i + plain - 1];
			i += plain;
			continue;
		}
		/* What comes before a quantifier may not be there at all. */
		if (length && i < p.length && may_be_absent(p.bytes[i]))
			length--;
		if (length && count < room) {
			runs[count++] = (struct text){bytes, length};
			bytes += length;
		}
		length = 0;
		if (i >= p.length)
			break;
		size_t skip = skip_special(p, i);
		if (!skip)
			return 0;
		i += skip;
	}
	return count;
}
