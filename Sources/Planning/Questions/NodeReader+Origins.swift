import Catalogs
import Documents

/// What documents of regions and of overflow say alike: where requests come from, where they may go, and how far that is.
extension NodeReader {
  /// The place of a name in a list, or a fault that tells the nearest.
  mutating func index(of node: Node?, in names: [String], _ kind: String, _ path: String) -> Int? {
    let name = node?.text ?? ""
    if let known = names.firstIndex(of: name) { return known }
    fail("there is no \(kind) '\(name)'", node, path, help: Self.didYouMean(name, names))
    return nil
  }

  static func didYouMean(_ word: String, _ words: [String]) -> String {
    nearest(word, in: words.sorted()).map { "did you mean '\($0)'?" }
      ?? "there are: \(words.sorted().prefix(8).joined(separator: ", "))"
  }

  /// An origin's requests a second by hour.
  /// - Parameter steps: how many hours the first origin has; set by it.
  mutating func hourlyDemand(_ origin: Node, _ path: String, steps: inout Int?) -> [Double] {
    let demand = origin["demand_rps"]?.numbers ?? origin["demand_rps"]?.elements?.compactMap(\.number) ?? []
    if demand.isEmpty || demand.count != steps ?? demand.count {
      fail(
        demand.isEmpty ? "'demand_rps' is empty" : "'demand_rps' has \(demand.count) hours, others have \(steps ?? 0)",
        origin["demand_rps"], path + ".demand_rps", help: "write a number for each hour, as many for every origin")
    }
    steps = steps ?? demand.count
    return demand
  }

  /// The regions that may serve an origin; nil for all.
  mutating func residency(_ origin: Node, in regions: [String], _ path: String) -> Set<Int>? {
    guard let list = origin["allowed"]?.elements else { return nil }
    if list.isEmpty {
      fail(
        "'allowed' is empty: no region may serve '\(origin["id"]?.text ?? "")'", origin["allowed"], path + ".allowed",
        help: "name at least one region, or write null for all")
    }
    return Set(list.enumerated().compactMap { index(of: $1, in: regions, "region", path + ".allowed[\($0)]") })
  }

  /// Milliseconds from an origin to each region. A pair that is missing or null is unreachable.
  mutating func latencies(of origin: String, in root: Node, regions: [String]) -> [Double?] {
    var times = [Double?](repeating: nil, count: regions.count)
    guard let row = root["latency_ms"]?[origin] else {
      fail(
        "there are no latencies of origin '\(origin)'", root["latency_ms"], "latency_ms",
        help: "add \"\(origin)\": { \"REGION\": milliseconds, ... }")
      return times
    }
    for entry in row.entries ?? [] {
      // A matrix may hold more regions than are in use.
      guard let r = regions.firstIndex(of: entry.key), !entry.value.isNull else { continue }
      guard let time = entry.value.number, time.isFinite, time >= 0 else {
        fail(
          "a latency is not a number of milliseconds", entry.value, "latency_ms.\(origin).\(entry.key)",
          help: "write a number from 0, or null where there is no way")
        continue
      }
      times[r] = time
    }
    return times
  }
}
