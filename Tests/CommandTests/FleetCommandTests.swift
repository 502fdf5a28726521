import Documents
import Glibc
import HeadroomTesting
import Quantities
import Testing

/// What `plan --fleet` does with a bad service, and where it is killed: every service once, and the same bytes in the end.
@Suite("headroom plan --fleet") struct FleetCommandTests {
  static let count = 60

  /// Plans over one history of three weeks, each with another capacity; one of them is broken.
  static func folder() throws -> String {
    let folder = try Command.temporaryFolder()
    var csv = "time,requests_per_second\n"
    for h in 0..<504 {
      let hour = h % 24
      let wave: Int = 60 * (hour < 12 ? hour : 24 - hour) / 12
      let noise: Int = h * 7919 % 13
      let rate = Double(100 + wave + noise)
      let day = 1 + h / 24
      csv += "2026-10-\(day < 10 ? "0" : "")\(day)T\(h % 24 < 10 ? "0" : "")\(h % 24):00:00Z,\(rate)\n"
    }
    try Command.write(csv, to: folder + "/t.csv")
    for i in 0..<count {
      let name = "s\(i < 10 ? "0" : "")\(i)"
      try Command.write(
        """
        plan: \(name)
        traffic: { source: { csv: \(i == 7 ? "missing" : "t").csv } }
        service: { capacity: \(10 + i)/s, running: \(8 + i % 9) }
        machines: [ { type: g5.xlarge } ]
        horizon: 14d
        """, to: "\(folder)/\(name).yaml")
    }
    return folder
  }

  private static func arguments(_ folder: String) -> [String] {
    ["plan", "--fleet", folder, "--now", "2026-10-22", "--format", "csv", "--quiet"]
  }

  private static func lines(_ path: String) -> [String] {
    ((try? Input.read(path: path)).map { String(decoding: $0, as: UTF8.self) } ?? "").split(separator: "\n").map(
      String.init)
  }

  @Test("a service without an answer is a row with its reason, and the others are answered")
  func badService() throws {
    let folder = try Self.folder()
    defer { Command.remove(folder: folder) }
    let result = try Command.run(Self.arguments(folder), in: folder)
    let rows = result.stdout.split(separator: "\n").dropFirst()
    #expect(result.exit == 2 && rows.count == Self.count)
    #expect(rows.filter { $0.contains("missing.csv") }.count == 1)
  }

  @Test("a series without an answer is a row with its reason and place, and the others are answered")
  func badSeries() throws {
    let folder = try Command.temporaryFolder()
    defer { Command.remove(folder: folder) }
    var csv = "time,service,requests_per_second\n"
    for h in 0..<504 {
      let day = 1 + h / 24
      let moment = "2026-10-\(day < 10 ? "0" : "")\(day)T\(h % 24 < 10 ? "0" : "")\(h % 24):00:00Z"
      for (k, name) in ["a", "b", "c"].enumerated() {
        csv += "\(moment),\(name),\(k == 1 && h == 300 ? "many" : "\(50 * (k + 1) + h % 24)")\n"
      }
    }
    try Command.write(csv, to: folder + "/all.csv")
    try Command.write(
      """
      plan: each
      traffic: { source: { csv: all.csv, series: service } }
      service: { capacity: 10/s, running: 12 }
      machines: [ { type: g5.xlarge } ]
      horizon: 14d
      """, to: folder + "/plan.yaml")
    let result = try Command.run(
      ["plan", folder + "/plan.yaml", "--fleet", folder + "/all.csv"] + Self.arguments(folder).dropFirst(3), in: folder)
    let text = result.stdout
    // Header, and a row for each; the reason spans lines of its cell.
    #expect(result.exit == 2, "\(result.stderr)")
    #expect(text.contains("\na,") && text.contains("\nb,") && text.contains("\nc,"), "\(text)")
    #expect(
      text.contains("all.csv:903") && text.contains("'many' in column 'requests_per_second' is no number"), "\(text)")
    #expect(
      text.split(separator: "\n").filter { $0.hasPrefix("a,") || $0.hasPrefix("c,") }.allSatisfy {
        !$0.contains("no number")
      })
  }

  @Test("killed again and again it loses nothing and does nothing twice, and ends with the same bytes")
  func killed() throws {
    let folder = try Self.folder()
    defer { Command.remove(folder: folder) }
    let whole = try Command.run(Self.arguments(folder), in: folder)
    let journal = folder + "/run.journal"
    var random = RandomStream(seed: 11, item: 0)
    var kills = 0
    var kept: Set<String> = []
    while Self.lines(journal).count < Self.count {
      let child = try ChildProcess(Command.path, Self.arguments(folder) + ["--journal", journal])
      // Killed once so many more are in the file, or within the few that come next: in the midst of a line as well.
      let wanted = Self.lines(journal).count + Int(random.uniform() * 12)
      while Self.lines(journal).count <= wanted, Self.lines(journal).count <= Self.count, kill(child.id, 0) == 0,
        !Self.hasEnded(child.id)
      { sched_yield() }
      child.end()
      kills += 1
      let now = Set(Self.lines(journal).dropLast())
      #expect(kept.subtracting(now).isEmpty, "what was kept stays kept")
      kept = now
      guard kills < 200 else { break }
    }
    #expect(kills >= 3)
    let last = try Command.run(Self.arguments(folder) + ["--journal", journal], in: folder)
    #expect(last.stdout == whole.stdout && last.exit == whole.exit)
    let units = Self.lines(journal).dropFirst().compactMap {
      (try? JSON.parse(String($0.dropFirst(17))))?["unit"]?.text
    }
    #expect(units.count == Self.count && Set(units).count == Self.count)
  }

  /// Whether a child is a zombie: it has ended by itself and waits to be collected.
  private static func hasEnded(_ id: pid_t) -> Bool {
    guard let text = try? Input.read(path: "/proc/\(id)/stat") else { return true }
    return String(decoding: text, as: UTF8.self).contains(") Z ")
  }

  @Test("answers again what has changed since, and refuses the journal of other work")
  func changed() throws {
    let folder = try Self.folder()
    defer { Command.remove(folder: folder) }
    let journal = folder + "/run.journal"
    let arguments = Self.arguments(folder) + ["--journal", journal]
    let first = try Command.run(arguments, in: folder)
    let plan = try #require(try? Input.read(path: folder + "/s03.yaml"))
    try Command.write(
      String(decoding: plan, as: UTF8.self).replacing("running: 11", with: "running: 1100"), to: folder + "/s03.yaml")
    let second = try Command.run(arguments, in: folder)
    let (a, b) = (first.stdout.split(separator: "\n"), second.stdout.split(separator: "\n"))
    #expect(zip(a, b).filter { $0 != $1 }.contains { $0.1.contains("s03,") && $0.1.contains(",1100,") })
    #expect(Self.lines(journal).count == Self.count + 2)
    let other = try Command.run(arguments + ["--seed", "2"], in: folder)
    #expect(other.exit == 65 && other.stderr.contains("seed"))
  }

  @Test("is the same on one thread and on three")
  func threads() throws {
    let folder = try Self.folder()
    defer { Command.remove(folder: folder) }
    let one = try Command.run(Self.arguments(folder), in: folder, environment: ["HEADROOM_THREADS": "1"])
    let three = try Command.run(Self.arguments(folder), in: folder, environment: ["HEADROOM_THREADS": "3"])
    #expect(one.stdout == three.stdout)
  }
}
