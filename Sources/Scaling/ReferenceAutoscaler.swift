import Quantities

/// The reference autoscaler over a trace: one size a step, without any world around it.
///
/// Quirks, all kept: the first rate of the trace is never looked at (the first answer is the initial size), the
/// action of a step uses the demand of that same step, and replicas are there at once.
public enum ReferenceAutoscaler {
  /// The fleet's size at every step of a trace.
  ///
  /// - Parameters:
  ///   - trace: requests a second at each step; finite.
  ///   - initial: the size before the first step, 0 or more.
  ///   - policy: thresholds and bounds.
  /// - Returns: as many sizes as the trace has rates.
  /// - Throws: ``ScalingError`` for an empty trace (the reference answers one size there, which fits no trace), a
  ///   rate that is not finite, a capacity or threshold that is not above zero, or negative sizes.
  public static func simulate(
    trace: [Double], initial: Int, policy: ThresholdPolicy
  ) throws(ScalingError) -> [Int] {
    guard !trace.isEmpty else {
      throw ScalingError(.emptyTrace, "the trace is empty: give at least one rate")
    }
    if let bad = trace.firstIndex(where: { !$0.isFinite }) {
      throw ScalingError(.invalidRate, "rate \(bad) of the trace is \(trace[bad]): give a finite number")
    }
    try policy.validate(initial: initial)
    var sizes: [Int] = []
    sizes.reserveCapacity(trace.count)
    var size = initial
    sizes.append(size)
    for demand in trace.dropFirst() {
      size = policy.size(for: demand, replicas: size).desired
      sizes.append(size)
    }
    return sizes
  }
}

extension ThresholdPolicy {
  /// - Throws: ``ScalingError`` with the first parameter that means nothing and what to write instead.
  public func validate(initial: Int = 0) throws(ScalingError) {
    func check(_ name: String, _ value: Double) throws(ScalingError) {
      guard value.isFinite, value > 0 else {
        throw ScalingError(.invalidParameter, "\(name) is \(value): give a finite number above 0")
      }
    }
    try check("qps_per_instance", capacityPerReplica.rawValue)
    try check("scale_up_threshold", scaleUp.rawValue)
    try check("scale_down_threshold", scaleDown.rawValue)
    for (name, value) in [("initial_instances", initial), ("min_instances", minimum), ("max_instances", maximum)] {
      guard value >= 0 else {
        throw ScalingError(.invalidParameter, "\(name) is \(value): give 0 or more")
      }
    }
  }
}
