import Documents
import Quantities

/// What a load test found that a replica can do.
public struct MeasuredCapacity: Sendable, Equatable {
  /// Requests a second within the objective.
  public var rate: Estimate<RequestRate>
  /// The objective as it was tested, `p99 < 200ms`, where the result says so.
  public var objective: String?

  /// Reads a result: of `headroom load saturation` (`headroom/saturation/1`), whose interval becomes the estimate's, or of
  /// one load (`headroom/load/1`) that was valid and kept its thresholds, whose rate is then known to be carried.
  /// - Throws: ``Diagnostics`` where the file is no such result or shows no capacity.
  public static func read(_ bytes: [UInt8], file: String) throws(Diagnostics) -> MeasuredCapacity {
    let node = try JSON.parse(bytes, file: file)
    func bad(_ problem: String, _ help: String) -> Diagnostics {
      Diagnostics([.error(problem, at: node.location, path: "service.measured", help: help)])
    }
    func rate(_ key: String) -> Double? { node[key]?.number.flatMap { $0 > 0 && $0.isFinite ? $0 : nil } }
    switch node["schema"]?.string {
    case "headroom/saturation/1":
      guard let mid = rate("rate") else {
        throw bad("the search found no rate that keeps its objective", "search again, or state a capacity")
      }
      let low = min(mid, rate("low") ?? mid)
      let high = max(mid, rate("high") ?? mid)
      return MeasuredCapacity(
        rate: Estimate(low: .perSecond(low), mid: .perSecond(mid), high: .perSecond(high)),
        objective: node["expect"]?.string)
    case "headroom/load/1":
      guard node["valid"]?.bool == true else {
        throw bad("the load test was not valid", "run it again as its own words say")
      }
      let missed = (node["expectations"]?.elements ?? []).first { $0["met"]?.bool != true }
      guard missed == nil else {
        throw bad(
          "the load test missed '\(missed?["expect"]?.string ?? "its threshold")'",
          "test at a lower rate, or find the rate with headroom load saturation")
      }
      guard let mid = rate("achieved_rate") else { throw bad("the load test answered nothing", "run it again") }
      return MeasuredCapacity(
        rate: Estimate(exactly: .perSecond(mid)), objective: node["expectations"]?.elements?.first?["expect"]?.string)
    default:
      throw bad(
        "'\(file)' is no result of a load test",
        "write one: headroom load saturation URL --expect 'p99 < 200ms' --json > saturation.json")
    }
  }
}
