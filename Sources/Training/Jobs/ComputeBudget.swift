import Quantities

/// The arithmetic that everybody starts from: 6 FLOPs a parameter and token.
///
/// Kaplan 2020 (arXiv 2001.08361), section 2.1: 2 forward, 4 backward; attention over the context comes on top, 15 % for a
/// 70-billion model at 8,192 tokens (``TrainingWork/flopsPerToken`` counts it).
public enum ComputeBudget {
  /// Accelerator-hours of a run: 6 N D / (peak x utilization x 3600).
  ///
  /// - Parameters:
  ///   - peak: FLOP/s of one accelerator.
  ///   - utilization: Model FLOPs over peak FLOPs; real runs reach 0.3 to 0.5 in bf16.
  /// - Throws: ``TrainingError`` where the utilization is not above 0 and at most 1, with the nearest that is.
  public static func acceleratorHours(
    parameters: Double, tokens: Double, peak: FLOPRate, utilization: Double
  ) throws(TrainingError) -> Double {
    guard utilization > 0, utilization <= 1 else {
      throw TrainingError(
        .invalidValue, "a utilization of \(NumberFormat.significant(utilization * 100, 3)) %",
        remedy: utilization > 1 && utilization <= 100
          ? "write \(NumberFormat.significant(utilization, 3)) % as \(NumberFormat.significant(utilization / 100, 3)); at most 1"
          : "write a share above 0 and at most 1, such as 0.4")
    }
    guard tokens > 0, parameters > 0 else {
      throw TrainingError(.invalidValue, "no parameters or no tokens", remedy: "write numbers above zero")
    }
    return 6 * parameters * tokens / (peak.rawValue * utilization) / 3600
  }

  /// Accelerators for a time: accelerator-hours / (hours x goodput), rounded up.
  public static func accelerators(acceleratorHours: Double, within: Duration, goodput: Double = 1) -> Int {
    guard within > .zero, goodput > 0 else { return 0 }
    return Int(min(9e15, Statistics.ceilingOfRatio(acceleratorHours, within.hours * goodput)))
  }
}
