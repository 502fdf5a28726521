import Planning
import Quantities
import Serving

/// A verdict in words.
public struct VerdictWords: Hashable, Sendable {
  /// What the plan asks for: `"availability"`, `"within 200 ms"`.
  public var objective: String
  /// What was asked, as people write it: `"99.9 %"`, `"$50k"`.
  public var asked: String
  /// What came out, as people write it.
  public var got: String
  /// What limits it: `"headroom"`, `"the maximum of 20 replicas"`.
  public var binding: String
}

extension Verdict {
  /// The verdict as people write it.
  public var words: VerdictWords {
    VerdictWords(
      objective: objective.words(basis), asked: written(asked), got: written(got), binding: binding.words)
  }

  /// A share with all its nines, which three digits would hide; else as every number.
  private func written(_ value: Double) -> String {
    unit == .share ? Wording.percent(value) : unit.shown(value)
  }
}

extension Verdict.Objective {
  fileprivate func words(_ basis: Verdict.Basis) -> String {
    switch self {
    case .capacity: "capacity" + (basis == .expected ? " at the expected peak" : basis.suffix)
    case .survival(let survival):
      "capacity without \(survival.loss)" + (basis == .expected ? " at the expected peak" : basis.suffix)
    case .availability: "availability" + basis.suffix
    case .latency(let bound, let includesService):
      Wording.within(bound) + (includesService ? "" : ", waiting alone") + basis.suffix
    case .budget: "budget a month" + basis.suffix
    case .budgetOfAll: "budget a month of all services" + basis.suffix
    }
  }
}

extension Verdict.Basis {
  fileprivate var suffix: String {
    switch self {
    case .expected: ""
    case .highDemand: " at the high end of the forecast"
    case .lowCapacity: " where a replica carries its low end"
    }
  }
}

extension Verdict.Binding {
  fileprivate var words: String {
    switch self {
    case .headroom: "headroom"
    case .maximum(let replicas): "the maximum of \(replicas) replicas"
    case .quota(let replicas): "the quotas, which hold \(Wording.count(replicas, "replica"))"
    case .loss(let share): "the loss of \(Wording.percent(share.rawValue)) of the capacity"
    case .forecastError(let factor):
      "forecast error: the peak may be \(NumberFormat.significant(factor.rawValue, 3)) times the expected one"
    case .capacityError(let factor):
      factor.map {
        "capacity error: a replica may carry \(NumberFormat.significant($0.rawValue, 3)) times what is expected"
      } ?? "capacity error"
    case .worstMoment(let moment): moment.because
    case .nothing: "nothing: every request was served"
    case .peakUtilization: "utilization at the peak"
    case .fleetCost: "what the fleet costs under its policy"
    case .allFleetsCost: "what the fleets cost under their policies"
    }
  }
}
