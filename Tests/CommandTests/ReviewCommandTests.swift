import Documents
import Glibc
import HeadroomTesting
import Testing

/// Forecasts that are kept, and what comes of them: two verbs and a store between them.
@Suite("headroom review") struct ReviewCommandTests {
  /// A folder with 18 days of two services in hours, and the first 16 of them apart.
  private static func prepared() throws -> String {
    var name = Array("/tmp/review-of-headroom-XXXXXX".utf8CString)
    guard let made = name.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } }) else {
      throw NoFolder()
    }
    let folder = String(cString: made)
    var rows = ["time,service,region,rps"]
    var early = rows
    for hour in 0..<(18 * 24) {
      let (day, clock) = (hour / 24 + 1, hour % 24)
      let time = "2026-06-\(day < 10 ? "0" : "")\(day)T\(clock < 10 ? "0" : "")\(clock):00:00Z"
      for (i, service) in ["shop,eu", "shop,us", "pay,eu"].enumerated() {
        let wave = Double((clock * 7 + i * 5) % 24) + Double((hour * 31) % 7) / 3
        rows.append("\(time),\(service),\(Double(20 * (i + 1)) + wave)")
        if day <= 16 { early.append(rows[rows.count - 1]) }
      }
    }
    try Command.write(rows.joined(separator: "\n") + "\n", to: folder + "/all.csv")
    try Command.write(early.joined(separator: "\n") + "\n", to: folder + "/early.csv")
    return folder
  }
  private struct NoFolder: Error {}

  @Test("keeps forecasts of services and their sums, and holds them against what came")
  func review() throws {
    let folder = try Self.prepared()
    defer {
      for name in ["all.csv", "early.csv", "kept.db", "kept.db-wal", "kept.db-shm"] { unlink("\(folder)/\(name)") }
      rmdir(folder)
    }
    let source = ["--hierarchy", "service * region", "--quiet"]
    let kept = try Command.run(
      ["forecast", "early.csv", "--horizon", "24", "--store", "kept.db", "--now", "2026-06-17T06:00Z"] + source,
      in: folder)
    #expect(kept.exit == 0, "\(kept.stderr)")
    let json = try Command.run(["review", "all.csv", "--store", "kept.db", "--json"] + source, in: folder)
    #expect(json.exit == 0, "\(json.stderr)")
    let node = try JSON.parse(Array(json.stdout.utf8))
    #expect(
      node["series"]?.elements?.compactMap { $0["id"]?.string }.sorted() == [
        "*/eu", "*/us", "pay/*", "pay/eu", "shop/*", "shop/eu", "shop/us", "total",
      ])
    #expect(node["promises"]?.elements?[2]["of"]?.integer == 8)
    #expect(node["series"]?.elements?.first?["forecasts"]?.elements?.first?["made"]?.string == "2026-06-17T06:00:00Z")
    let none = try Command.run(["review", "all.csv", "--store", "kept.db", "--series", "region,service"], in: folder)
    #expect(none.exit == 65 && none.stderr.contains("No series of all.csv has a kept forecast"))
    let fine = try Command.run(["review", "all.csv", "--store", "kept.db", "--every", "2h"] + source, in: folder)
    #expect(fine.exit == 65 && fine.stderr.contains("finer steps"))
    let early = try Command.run(["review", "early.csv", "--store", "kept.db"] + source, in: folder)
    #expect(early.exit == 0 && early.stdout.contains("Nothing of what was forecast has come yet"))
  }
}
