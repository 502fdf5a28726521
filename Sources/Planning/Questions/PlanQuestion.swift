import Documents
import Quantities
import Serving

/// The shortest plan: an average, a ratio, a headroom and a capacity in, replicas out. One JSON line each.
///
/// Absent keys take the defaults of the guide that this project started from (2.5, 0.5, 2000).
public struct PlanQuestion: Sendable, Equatable {
  public var averageRate: Double
  public var peakToAverage = 2.5
  public var headroom = 0.5
  public var capacityPerReplica = 2000.0

  /// What is wrong with a question, and at which key.
  public struct Fault: Error, Hashable, Sendable {
    public var code: String
    public var message: String
    public var path: String
  }

  /// Reads `{"avg_qps", "peak_to_avg", "headroom", "qps_per_instance"}`.
  public init(_ node: Node) throws(Fault) {
    func number(_ key: String, _ fallback: Double?) throws(Fault) -> Double {
      guard let value = node[key], !value.isNull else {
        if let fallback { return fallback }
        throw Fault(
          code: "missing", message: "'\(key)' is missing: give the average rate in requests per second.", path: key)
      }
      guard let number = value.number else {
        throw Fault(code: "not-a-number", message: "'\(key)' must be a number.", path: key)
      }
      guard number.isFinite else {
        throw Fault(code: "not-finite", message: "'\(key)' must be a finite number.", path: key)
      }
      return number
    }
    guard node.entries != nil else {
      throw Fault(
        code: "not-an-object", message: "A question is a JSON object, as {\"id\": 1, \"avg_qps\": 30000}.", path: "")
    }
    averageRate = try number("avg_qps", nil)
    peakToAverage = try number("peak_to_avg", 2.5)
    headroom = try number("headroom", 0.5)
    capacityPerReplica = try number("qps_per_instance", 2000)
    guard averageRate >= 0 else {
      throw Fault(code: "negative", message: "'avg_qps' is negative: a rate is zero or more.", path: "avg_qps")
    }
    guard capacityPerReplica > 0 else {
      throw Fault(
        code: "not-positive",
        message: "'qps_per_instance' must be above zero: a replica that serves nothing cannot be counted.",
        path: "qps_per_instance")
    }
    guard peakToAverage > 0 else {
      throw Fault(code: "not-positive", message: "'peak_to_avg' must be above zero.", path: "peak_to_avg")
    }
    guard headroom > -1 else {
      throw Fault(
        code: "out-of-range", message: "'headroom' must be above -1: provisioned = peak x (1 + headroom).",
        path: "headroom")
    }
  }

  /// Peak, provisioned rate and replicas, as `ReferencePlanner` computes them.
  public func answer() throws(Fault) -> ReferencePlanner.Plan {
    do throws(ServingError) {
      return try ReferencePlanner.plan(
        average: .perSecond(averageRate), peakToAverage: Factor(rawValue: peakToAverage),
        headroom: Fraction(rawValue: headroom),
        capacityPerInstance: .perSecond(capacityPerReplica))
    } catch {
      throw Fault(code: "too-large", message: "The answer is beyond 1e15 replicas; check the units.", path: "avg_qps")
    }
  }
}
