import Glibc
import Quantities

/// The reference planner: a peak from an average, headroom on top, whole replicas for that.
public enum ReferencePlanner {
  /// The planner's answer.
  public struct Plan: Hashable, Sendable {
    public let peak: RequestRate
    public let headroom: Fraction
    /// The peak with its headroom.
    public let provisioned: RequestRate
    public let instances: Int
    public let capacityPerInstance: RequestRate
  }

  /// Sizes a service for a peak.
  ///
  /// The number of instances is the ceiling of provisioned over capacity with the rounding of one multiplication
  /// and one division forgiven (`Statistics/ceilingOfRatio(_:_:)`): 0.1 x 3 at 0.1 an instance is 3 instances,
  /// where a plain ceiling of binary fractions gives 4.
  ///
  /// - Parameters:
  ///   - average: mean demand; 0 is a service that nobody calls and needs no instance.
  ///   - peakToAverage: the peak as a multiple of the mean; above 0.
  ///   - headroom: the share on top of the peak; above -1, below which nothing would be provisioned.
  ///   - capacityPerInstance: what one instance serves; above 0.
  /// - Throws: ``ServingError`` for numbers that are negative, not finite, or zero where nothing could be sized.
  public static func plan(
    average: RequestRate, peakToAverage: Factor = 2.5, headroom: Fraction = .percent(50),
    capacityPerInstance: RequestRate = .perSecond(2000)
  ) throws(ServingError) -> Plan {
    func check(_ name: String, _ value: Double, zeroAllowed: Bool) throws(ServingError) {
      guard value.isFinite, value > 0 || (zeroAllowed && value == 0) else {
        let remedy = zeroAllowed ? "give a finite number, 0 or more" : "give a finite number above 0"
        throw ServingError(.invalidParameter, "\(name) is \(value): \(remedy)")
      }
    }
    try check("the average rate", average.rawValue, zeroAllowed: true)
    try check("the peak-to-average ratio", peakToAverage.rawValue, zeroAllowed: false)
    guard headroom.rawValue.isFinite, headroom.rawValue > -1 else {
      throw ServingError(.invalidParameter, "the headroom is \(headroom.rawValue): give a finite number above -1")
    }
    try check("the capacity of an instance", capacityPerInstance.rawValue, zeroAllowed: false)
    let peak = average * peakToAverage.rawValue
    let provisioned = peak * (1 + headroom.rawValue)
    let instances = Statistics.ceilingOfRatio(provisioned.rawValue, capacityPerInstance.rawValue)
    guard peak.isFinite, provisioned.isFinite, instances <= 1e15 else {
      throw ServingError(
        .invalidParameter,
        "\(provisioned) at \(capacityPerInstance) an instance needs more than 10^15 instances: "
          + "check the units of both")
    }
    return Plan(
      peak: peak, headroom: headroom, provisioned: provisioned, instances: Int(instances),
      capacityPerInstance: capacityPerInstance)
  }
}
