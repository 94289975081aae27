# Puts a list of the program in the place of each marker of a manual page:
#	.\" @NAME@
# Arguments: NAME=FILE.def… PAGE. An entry of a list is a row of the file, its
# first text the name, its last the meaning; words between them are shown too.
BEGIN {
	for (i = 1; i < ARGC - 1; i++) {
		split(ARGV[i], pair, "=")
		file[pair[1]] = pair[2]
		ARGV[i] = ""
	}
}

/^\.\\" @.*@$/ {
	name = substr($0, 6, length($0) - 6)
	if (!(name in file) || !list(file[name])) {
		print FILENAME ":" FNR ": " name ": no such list" > "/dev/stderr"
		exit 1
	}
	next
}
{ print }

function list(path,  row, count) {
	print ".Bl -tag -width Ds"
	while ((getline row < path) > 0)
		if (row ~ /^[A-Z_]+\(.*\)$/) {
			entry(row)
			count++
		}
	print ".El"
	close(path)
	return count
}

function entry(row,  start, rest, between, meaning) {
	gsub(/\\"/, "\001", row)                # a quote inside of a text
	sub(/^[^"]*"/, "", row)
	start = index(row, "\"")
	rest = substr(row, start + 1)
	print ".It Ql " substr(row, 1, start - 1)
	start = index(rest, "\"")
	between = substr(rest, 1, start - 1)
	meaning = substr(rest, start + 1)
	sub(/"\)$/, "", meaning)
	gsub(/\001/, "\"", meaning)
	gsub(/\\\\/, "\\e", meaning)
	while (match(meaning, /[A-Za-z)0-9]\. [A-Z]/)) {   # a sentence, a line
		print substr(meaning, 1, RSTART + 1)
		meaning = substr(meaning, RSTART + 3)
	}
	print meaning
	if (between ~ /(TEXT|INTEGER|BOOL)/)
		print words(between)
}

function words(between) {
	between = tolower(between)
	gsub(/^, *|, *$/, "", between)
	sub(/, *true$/, "; must be there", between)
	sub(/, *false$/, "", between)
	sub(/bool/, "true or false", between)
	return "(" between ")."
}
