import Documents
import Glibc
import Quantities
import Terminal

/// A whole command, as a user waits for it: process start, reading, answering, writing.
struct CommandBenchmark {
  var name: String
  var arguments: [String]

  struct Usage {
    /// From start to end.
    var wall: Double
    /// User and system, of all threads.
    var processor: Double
    /// The most that it held, in bytes.
    var memory: Double
    var status: Int32
  }

  /// Runs a program to its end, its output thrown away.
  static func run(_ program: String, _ arguments: [String]) -> Usage? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let began = now
    guard posix_spawn(&child, program, &actions, nil, &words, environ) == 0 else { return nil }
    var status: Int32 = 0
    var usage = rusage()
    guard wait4(child, &status, 0, &usage) == child else { return nil }
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
    return Usage(
      wall: now - began, processor: seconds(usage.ru_utime) + seconds(usage.ru_stime),
      memory: Double(usage.ru_maxrss) * 1024, status: status)
  }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// The files that the commands read, made in a folder of their own, and the commands on them.
struct CommandBenchmarks {
  let folder: String

  init?() throws {
    let temporary = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(temporary)/headroom-bench.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { return nil }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var random = RandomStream(seed: 1)
    var traffic = CSVWriter()
    traffic.row(["time", "requests_per_second"])
    // Eleven years of hours.
    for i in 0..<100_000 {
      let day = 1 + 0.5 * sin(2 * .pi * Double(i) / 24)
      traffic.string(Timestamp(secondsSinceEpoch: 1_420_070_400 + 3600 * Double(i)).description)
      traffic.number(1000 * day * exp(random.normal(deviation: 0.1)))
      traffic.endRow()
    }
    try Output.write(traffic.bytes, to: folder + "/traffic.csv")
    let plan = """
      plan: benchmark
      traffic: { source: { csv: traffic.csv, time: time, value: requests_per_second }, growth: 10%/year }
      service: { capacity: 2000/s per replica, startup: { node: 90s, image: 20s, model load: 45s } }
      machines: [ { type: g5.xlarge, replicas: 1 } ]
      horizon: 30d

      """
    try Output.write(Array(plan.utf8), to: folder + "/plan.yaml")
  }

  var all: [CommandBenchmark] {
    [
      CommandBenchmark(name: "headroom --version", arguments: ["--version"]),
      CommandBenchmark(name: "plan on 100,000 hours", arguments: ["plan", folder + "/plan.yaml", "--quiet"]),
      CommandBenchmark(
        name: "plan on 100,000 hours, HTML report",
        arguments: ["plan", folder + "/plan.yaml", "--quiet", "--format", "html", "-o", folder + "/report.html"]),
    ]
  }

  func remove() {
    for file in ["traffic.csv", "plan.yaml", "report.html"] { unlink(folder + "/" + file) }
    rmdir(folder)
  }

  /// The table: the least and the middle of the waiting times, processor time and memory of each.
  func print(program: String, words: [String], repeats: Int, row: ([String]) -> String) {
    let chosen = all.filter { benchmark in
      words.isEmpty || words.contains { benchmark.name.lowercased().contains($0) }
    }
    guard !chosen.isEmpty else { return }
    Swift.print("whole commands, wall time of \(repeats) runs\n")
    Swift.print(row(["", "best", "median", "processor time", "peak memory"]))
    for benchmark in chosen {
      let runs = (0..<repeats).compactMap { _ in CommandBenchmark.run(program, benchmark.arguments) }
        .sorted { $0.wall < $1.wall }
      guard let best = runs.first, best.status == 0 || best.status == 2 << 8 else {
        Swift.print(row([benchmark.name, "failed"]) + "  build the command first: swift build -c release")
        continue
      }
      let memory = runs.map(\.memory).max() ?? 0
      Swift.print(
        row([
          benchmark.name, NumberFormat.duration(.seconds(best.wall)),
          NumberFormat.duration(.seconds(runs[runs.count / 2].wall)),
          NumberFormat.duration(.seconds(best.processor)), Bytes(rawValue: memory).formatted(),
        ]))
    }
    var report = stat()
    if stat(folder + "/report.html", &report) == 0 {
      Swift.print(row(["the size of that report", Bytes(rawValue: Double(report.st_size)).formatted()]))
    }
    Swift.print("")
  }
}
