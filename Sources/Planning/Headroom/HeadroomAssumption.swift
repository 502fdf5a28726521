/// What was taken about headroom for want of knowledge.
public enum HeadroomAssumption: AssumptionFact {
  /// The middle of a scenario's range.
  case middle(of: HeadroomScenario)
  /// The plan writes none, so that the usual scenario is taken.
  case notWritten
}
