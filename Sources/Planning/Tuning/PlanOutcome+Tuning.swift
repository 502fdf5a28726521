extension PlanOutcome {
  /// The same answer with better settings for its policy, and what they mean as a finding.
  public func with(_ tuning: Tuning) -> PlanOutcome {
    var outcome = self
    outcome.tuning = tuning
    outcome.findings = Finding.mostUrgentFirst(outcome.findings + [Finding(TuningFinding(tuning))])
    return outcome
  }
}
