// headroom-bench: what the hot paths cost, as a table. Measures; never passes or fails.
//
//   swift run -c release headroom-bench                 everything
//   swift run -c release headroom-bench Histogram csv   what has one of the words in its name
//   swift run -c release headroom-bench --repeats 9
//   headroom-bench serve tokens|gaps PORT               a server for script/bench-load
//   headroom-bench fuzz [READER ...]                    damaged inputs for every reader: script/fuzz
//   headroom-bench lag-prior FILE < questions.ndjson    the prior of Sources/CTrafficData from hourly series
//
// A room adds a list of its own in a file of its own, and its name here.

import Glibc
import Quantities

if CommandLine.arguments.count > 1, CommandLine.arguments[1] == "serve" {
  LoadServers.run(Array(CommandLine.arguments.dropFirst(2)))
}
if CommandLine.arguments.count > 1, CommandLine.arguments[1] == "fuzz" {
  Fuzzing.run(Array(CommandLine.arguments.dropFirst(2)))
}
if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "lag-prior" {
  LagPriorWriting.run(to: CommandLine.arguments[2])
}

var repeats = 5
var words: [String] = []
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
  if argument == "--repeats", let n = arguments.popFirst().flatMap(Int.init), n > 0 {
    repeats = n
  } else if argument.hasPrefix("-") {
    print("usage: headroom-bench [--repeats N] [WORD ...]")
    exit(argument == "--help" || argument == "-h" ? 0 : 64)
  } else {
    words.append(argument.lowercased())
  }
}

#if DEBUG
  print("A debug build: its figures say nothing. Use: swift run -c release headroom-bench\n")
#endif

func padded(_ text: String, _ width: Int, right: Bool = false) -> String {
  let spaces = String(repeating: " ", count: max(0, width - text.count))
  return right ? spaces + text : text + spaces
}
func row(_ cells: [String]) -> String {
  let widths = [46, 11, 11, 22, 12]
  return zip(cells, widths).enumerated().map { padded($1.0, $1.1, right: $0 > 0) }.joined()
}

// Whole commands, by the `headroom` that stands beside this program. First, while this program is small: the system
// counts what a parent holds as held by its children, too.
if let commands = try CommandBenchmarks() {
  defer { commands.remove() }
  let folder = CommandLine.arguments[0].split(separator: "/", omittingEmptySubsequences: false).dropLast()
  let program = (folder + ["headroom"]).joined(separator: "/")
  commands.print(program: program, words: words, repeats: repeats, row: row)
}

let lists: [[Benchmark]] = [
  quantitiesBenchmarks, documentsBenchmarks, forecastingBenchmarks, scalingBenchmarks, FailoverBenchmarks.all,
  try TrainingBenchmarks.all(),
]

print("processor time of \(repeats) runs\n")
print(row(["", "best", "median", "best", "peak memory"]))
for benchmark in lists.joined() where words.isEmpty || words.contains(where: benchmark.name.lowercased().contains) {
  do {
    let measured = try Measurement.of(benchmark, repeats: repeats)
    print(
      row([
        measured.name,
        NumberFormat.duration(.seconds(measured.best)),
        NumberFormat.duration(.seconds(measured.median)),
        NumberFormat.short(measured.amount / max(measured.best, 1e-6)) + " " + measured.unit + "/s",
        Bytes(rawValue: Process.peakMemory).formatted(),
      ]))
  } catch {
    print(row([benchmark.name, "failed"]) + "  \(error)")
  }
}
