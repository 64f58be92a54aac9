#include "index/payload/text/stopwords.h"

namespace alidade::index {
namespace {

constexpr std::string_view kEnglish[] = {
    "a",       "about",   "above",  "after",   "again",  "against", "ain",    "all",     "am",
    "an",      "and",     "any",    "are",     "aren",   "as",      "at",     "be",      "because",
    "been",    "before",  "being",  "below",   "between", "both",   "but",    "by",      "can",
    "couldn",  "d",       "did",    "didn",    "do",     "does",    "doesn",  "doing",   "don",
    "down",    "during",  "each",   "few",     "for",    "from",    "further", "had",    "hadn",
    "has",     "hasn",    "have",   "haven",   "having", "he",      "her",    "here",    "hers",
    "herself", "him",     "himself", "his",    "how",    "i",       "if",     "in",      "into",
    "is",      "isn",     "it",     "its",     "itself", "just",    "ll",     "m",       "ma",
    "me",      "mightn",  "more",   "most",    "mustn",  "my",      "myself", "needn",   "no",
    "nor",     "not",     "now",    "o",       "of",     "off",     "on",     "once",    "only",
    "or",      "other",   "our",    "ours",    "ourselves", "out",  "over",   "own",     "re",
    "s",       "same",    "shan",   "she",     "should", "shouldn", "so",     "some",    "such",
    "t",       "than",    "that",   "the",     "their",  "theirs",  "them",   "themselves", "then",
    "there",   "these",   "they",   "this",    "those",  "through", "to",     "too",     "under",
    "until",   "up",      "ve",     "very",    "was",    "wasn",    "we",     "were",    "weren",
    "what",    "when",    "where",  "which",   "while",  "who",     "whom",   "why",     "will",
    "with",    "won",     "wouldn", "y",       "you",    "your",    "yours",  "yourself",
    "yourselves"};

constexpr std::string_view kGerman[] = {
    "aber",  "alle",  "allem", "allen", "aller",  "alles", "als",    "also",  "am",     "an",
    "ander", "andere", "anderem", "anderen", "anderer", "anderes", "auch", "auf", "aus", "bei",
    "bin",   "bis",   "bist",  "da",    "damit",  "dann",  "das",    "dass",  "daß",    "dein",
    "deine", "dem",   "den",   "denn",  "der",    "des",   "dich",   "die",   "dies",   "diese",
    "diesem", "diesen", "dieser", "dieses", "dir", "doch", "dort",   "du",    "durch",  "ein",
    "eine",  "einem", "einen", "einer", "eines",  "einige", "einmal", "er",   "es",     "etwas",
    "euch",  "euer",  "eure",  "für",   "gegen",  "gewesen", "hab",  "habe",  "haben",  "hat",
    "hatte", "hatten", "hier", "hin",   "hinter", "ich",   "ihm",    "ihn",   "ihnen",  "ihr",
    "ihre",  "ihrem", "ihren", "ihrer", "im",     "in",    "indem",  "ins",   "ist",    "jede",
    "jedem", "jeden", "jeder", "jedes", "jene",   "jener", "jetzt",  "kann",  "kein",   "keine",
    "können", "könnte", "machen", "man", "manche", "mein", "meine",  "mich",  "mir",    "mit",
    "muss",  "musste", "nach", "nicht", "nichts", "noch",  "nun",    "nur",   "ob",     "oder",
    "ohne",  "sehr",  "sein",  "seine", "selbst", "sich",  "sie",    "sind",  "so",     "solche",
    "soll",  "sollte", "sondern", "sonst", "um",  "und",   "uns",    "unser", "unter",  "viel",
    "vom",   "von",   "vor",   "war",   "waren",  "warst", "was",    "weg",   "weil",   "weiter",
    "welche", "welcher", "wenn", "werde", "werden", "wie", "wieder", "will",  "wir",    "wird",
    "wirst", "wo",    "wollen", "wollte", "während", "würde", "würden", "zu", "zum",    "zur",
    "zwar",  "zwischen", "über"};

}  // namespace

std::span<const std::string_view> stopwords_of(std::string_view language) {
  if (language == "english") return kEnglish;
  if (language == "german") return kGerman;
  return {};
}

}  // namespace alidade::index
