import Serving

/// What there is to say about the service's model.
public enum ServiceFinding: FindingFact, Hashable {
  /// What limits the trust in the model's latencies, as the model says it, and the model in a few words.
  case modelCaution(String, model: String)
  /// How far the truth may lie from the model's latencies.
  case modelBand(ErrorBand)

  public var code: String {
    switch self {
    case .modelCaution: "service-model-caution"
    case .modelBand: "service-model-band"
    }
  }

  public var severity: Finding.Severity { .note }
}

/// What was taken about the service for want of knowledge.
public enum ServiceAssumption: AssumptionFact {
  /// No startup time is given.
  case startsAtOnce
}
