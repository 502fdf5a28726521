import Catalogs
import Documents
import Placing
import Quantities

/// Which machines, and how many, over all that a load may be: `headroom choose`.
public struct ShapeQuestion: Sendable {
  public typealias Fault = PlanQuestion.Fault

  public let problem: ShapeProblem
  public let worlds: Int
  public let seed: UInt64
  public let region: String?
  public let isAccelerated: Bool

  /// Reads `{"rate", "cpu_seconds", "bytes", "memory_gib", "worlds", "seed", "penalty", "minimum", "staffing", "region"}`;
  /// the first four are numbers, or `{"low", "mid", "high"}`.
  public init(_ node: Node) throws(Fault) {
    guard node.entries != nil else {
      throw Fault(
        code: "not-an-object",
        message:
          "A question is a JSON object, as {\"rate\": {\"low\": 800, \"mid\": 1000, \"high\": 1500}, \"cpu_seconds\": 0.01}.",
        path: "")
    }
    func plain(_ node: Node?, _ path: String) throws(Fault) -> Double {
      guard let value = node?.number, value.isFinite, value >= 0, value <= 1e15 else {
        throw Fault(
          code: "not-a-number", message: "'\(path)' must be a number from 0, or low, mid and high of it.", path: path)
      }
      return value
    }
    func estimate<Q: Quantity>(_ key: String, times unit: Double = 1, _ fallback: Double?) throws(Fault) -> Estimate<Q>
    {
      guard let found = node[key], !found.isNull else {
        guard let fallback else { throw Fault(code: "missing", message: "'\(key)' is missing.", path: key) }
        return Estimate(exactly: Q(rawValue: fallback))
      }
      guard found.entries != nil else { return Estimate(exactly: Q(rawValue: try plain(found, key) * unit)) }
      let low = try plain(found["low"], "\(key).low")
      let mid = try plain(found["mid"], "\(key).mid")
      let high = try plain(found["high"], "\(key).high")
      guard low <= mid, mid <= high else {
        throw Fault(code: "out-of-order", message: "'\(key)' needs low <= mid <= high.", path: key)
      }
      return Estimate(
        low: Q(rawValue: low * unit), mid: Q(rawValue: mid * unit), high: Q(rawValue: high * unit))
    }
    func number(_ key: String, _ fallback: Double, _ range: ClosedRange<Double>) throws(Fault) -> Double {
      guard let found = node[key], !found.isNull else { return fallback }
      guard let value = found.number, range.contains(value) else {
        throw Fault(
          code: "out-of-range", message: "'\(key)' must be a number from \(range.lowerBound) to \(range.upperBound).",
          path: key)
      }
      return value
    }
    problem = ShapeProblem(
      rate: try estimate("rate", nil), work: try estimate("cpu_seconds", nil), bytes: try estimate("bytes", 0),
      memory: try estimate("memory_gib", times: 1_073_741_824, 0), minimum: Int(try number("minimum", 3, 1...1e6)),
      staffing: try number("staffing", 1, 0...10), penalty: try number("penalty", 10, 0...1e6))
    worlds = Int(try number("worlds", 10_000, 1...1_000_000))
    seed = UInt64(try number("seed", 1, 0...9e15))
    region = node["region"]?.text
    isAccelerated = node["accelerated"]?.bool ?? false
  }

  public func answer(_ catalog: Catalog = .builtIn) -> [RankedShape] {
    problem.ranked(
      Shape.all(catalog.machines, in: region, isAccelerated: isAccelerated), worlds: worlds, seed: seed)
  }
}
