import Quantities
import Serving
import Simulating
import Terminal

/// The options of sessions, in the world of tokens.
struct SessionOptions {
  /// How many at once: a number, or as many as keep the objective.
  enum Seats {
    case fixed(Int)
    case most
  }

  let seats: Seats?
  let load: SessionLoad?
  let dram: Bytes?
  let dramRate: ByteRate
  let disk: Bytes?
  let diskRate: ByteRate
  let words: [String]

  init(_ a: inout Arguments) throws(UsageError) {
    a.section("Sessions and tiers of the cache, in the world of tokens")
    defer { a.section("") }
    var words: [String] = []
    let text: String? = try a.option(
      "sessions", value: "N", help: "agents or users at once in place of recorded requests; 'most' finds how many go")
    if let text { words += ["--sessions", text] }
    let count = text.flatMap { Int($0) }
    let isSeats = text == nil || text == "most" || count.map { (1...1_000_000).contains($0) } ?? false
    a.check(isSeats, "'--sessions' is a number from 1 up, or 'most'. Write --sessions 200.")
    seats = text == "most" ? .most : count.map { .fixed($0) }
    func number(
      _ name: String, _ fallback: Double, _ range: ClosedRange<Double>, _ help: String
    ) throws(UsageError) -> Double {
      let value: Double = try a.option(name, value: "N", default: fallback, help: "sessions: \(help)")
      let isGood = value.isFinite && range.contains(value)
      a.check(isGood, "'--\(name)' is a number from \(NumberFormat.significant(range.lowerBound, 3)) up.")
      if a.isGiven(name) { words += ["--\(name)", NumberFormat.significant(value, 8)] }
      return isGood ? value : fallback
    }
    func span(_ name: String, _ fallback: Duration, _ help: String) throws(UsageError) -> Duration {
      let value: String? = try a.option(
        name, value: "TIME", help: "sessions: \(help) (\(NumberFormat.duration(fallback)))")
      guard let value else { return fallback }
      words += ["--\(name)", value]
      let time = try? Duration.parse(value)
      let isGood = (time ?? .zero) > .zero && (time ?? .zero) <= .days(7)
      a.check(isGood, "'--\(name)' is a time above 0, at most 7 days. Write --\(name) 10s.")
      return isGood ? time ?? fallback : fallback
    }
    let turns = try number("turns", 20, 1...100_000, "turns of a session, on average")
    let shared = try number(
      "shared-prompt", 2000, 0...1e7, "tokens that all sessions begin with (system prompt, tools)")
    let firstPrompt = try number("first-prompt", 500, 1...1e7, "tokens of a session's first message")
    let input = try number("turn-input", 500, 1...1e7, "new tokens of each later turn (a tool's result)")
    let output = try number("turn-output", 200, 1...1e6, "tokens of an answer")
    let variability = try number("turn-scv", 1, 0...20, "squared coefficient of variation of these lengths")
    let gap = try span("tool-gap", .seconds(10), "between an answer and the next turn, on average")
    let gapVariability = try number("tool-gap-scv", 1, 0...100, "its squared coefficient of variation")
    let pause = try span("session-pause", .seconds(1), "between a session and its seat's next one, on average")
    let watch = try span("watch", .minutes(20), "how long is simulated")
    func size(_ name: String, _ help: String) throws(UsageError) -> Bytes? {
      let value: String? = try a.option(name, value: "SIZE", help: "tokens: \(help)")
      guard let value else { return nil }
      words += ["--\(name)", value]
      let size = try? Bytes.parse(value)
      let isGood = size != nil
      a.check(isGood, "'--\(name)' is a size. Write --\(name) 512GB.")
      return size
    }
    func rate(_ name: String, _ fallback: Double, _ help: String) throws(UsageError) -> ByteRate {
      let value: String? = try a.option(
        name, value: "SIZE/s", help: "tokens: \(help) (\(NumberFormat.significant(fallback, 3)) GB/s)")
      guard let value else { return .gigabytesPerSecond(fallback) }
      words += ["--\(name)", value]
      let size = try? Bytes.parse(value.hasSuffix("/s") ? String(value.dropLast(2)) : value)
      let isGood = (size?.rawValue ?? 0) > 0
      a.check(isGood, "'--\(name)' is a size a second. Write --\(name) 50GB/s.")
      return ByteRate(rawValue: size?.rawValue ?? fallback * 1e9)
    }
    dram = try size("dram", "main memory of a replica that holds blocks of prompts for which its cards have no room")
    // PCIe 5.0 x16 carries 64 GB/s each way; 50 is what copies of blocks reach of it.
    dramRate = try rate("dram-bandwidth", 50, "what each card reads of it")
    disk = try size("disk", "disk of a replica for what main memory has no room for")
    // One NVMe drive of PCIe 4.0 reads 7 GB/s at most.
    diskRate = try rate("disk-bandwidth", 6, "what each card reads of it")
    self.words = words
    let time = try? TimeDistribution(mean: gap.seconds, variability: gapVariability)
    load =
      text == nil
      ? nil
      : time.map {
        SessionLoad(
          seats: count ?? 1, turns: turns, sharedPrompt: shared, firstPrompt: firstPrompt, input: input,
          output: output, variability: variability, gap: $0, pause: pause.seconds, seconds: watch.seconds)
      }
  }

  /// The tiers that are there for a replica, the nearest first.
  func tiers(of replica: TokenReplica) -> [PrefixCache.Tier] {
    var tiers: [PrefixCache.Tier] = []
    if let dram { tiers.append(replica.tier("DRAM", dram, at: dramRate)) }
    if let disk { tiers.append(replica.tier("disk", disk, at: diskRate)) }
    return tiers
  }
}
