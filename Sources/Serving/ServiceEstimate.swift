import Quantities

/// A service model that is not known exactly: at the low, the middle and the high end of its capacity. A plain model is a
/// certain estimate.
public struct ServiceEstimate: Sendable {
  /// The least that replicas may do.
  public var low: any ServiceModel
  public var mid: any ServiceModel
  public var high: any ServiceModel
  /// The probability that the truth lies from low to high.
  public var confidence: Double

  public init(low: any ServiceModel, mid: any ServiceModel, high: any ServiceModel, confidence: Double = 0.8) {
    self.low = low
    self.mid = mid
    self.high = high
    self.confidence = confidence
  }

  public init(exactly model: any ServiceModel) {
    low = model
    mid = model
    high = model
    confidence = 1
  }

  /// The model at the low, middle and high end of an estimate of its capacity.
  public init<Failure: Error>(
    _ rate: Estimate<RequestRate>, _ model: (RequestRate) throws(Failure) -> any ServiceModel
  ) throws(Failure) {
    mid = try model(rate.mid)
    low = rate.isCertain ? mid : try model(rate.low)
    high = rate.isCertain ? mid : try model(rate.high)
    confidence = rate.confidence
  }

  public var isCertain: Bool { confidence == 1 }
}

/// What a service carries, with its doubt: sizes by the middle, risks over the whole.
public struct CapacityEstimate: Sendable {
  public let low: ServiceCapacity
  public let mid: ServiceCapacity
  public let high: ServiceCapacity
  public let confidence: Double

  public init(_ service: ServiceEstimate, meeting objective: Objective, fill: Double = 1) {
    mid = ServiceCapacity(service.mid, meeting: objective, fill: fill)
    low = service.isCertain ? mid : ServiceCapacity(service.low, meeting: objective, fill: fill)
    high = service.isCertain ? mid : ServiceCapacity(service.high, meeting: objective, fill: fill)
    confidence = service.confidence
  }

  public var isCertain: Bool { confidence == 1 }

  /// The rate that so many replicas carry within the objective.
  public func carried(by replicas: Int) -> Estimate<RequestRate> {
    let middle = mid.carried(by: replicas)
    guard !isCertain else { return Estimate(exactly: middle) }
    return Estimate(
      low: min(middle, low.carried(by: replicas)), mid: middle, high: max(middle, high.carried(by: replicas)),
      confidence: confidence)
  }

  /// What one replica carries.
  public var ofOne: Estimate<RequestRate> { carried(by: 1) }

  /// The fewest replicas that carry a rate in the middle of the estimate.
  public func replicas(for demand: RequestRate) -> Int { mid.replicas(for: demand) }
}
