import LoadTesting
import Terminal

extension Console {
  /// Says why a test's figures cannot be trusted, and what to change.
  /// - Parameter known: what is told otherwise, or meant.
  func warn(of invalidities: [Invalidity], except known: Set<Invalidity.Kind> = [.interrupted]) {
    for invalidity in invalidities where !known.contains(invalidity.kind) {
      warn("INVALID: \(invalidity.problem). To do: \(invalidity.remedy).")
    }
  }

  func error(nobodyAnswersAt url: String) {
    error("nobody answers at \(url); start the service, or check the address.")
  }
}

extension LoadResult {
  /// How a test's command ends: figures that are the generator's own tell neither that the objective was met nor that it
  /// was missed.
  /// - Parameter known: what is told otherwise, or meant.
  func ending(isMet: Bool, except known: Set<Invalidity.Kind> = []) -> ExitCode {
    if invalidities.contains(where: { !known.contains($0.kind) }) { return .worldFailed }
    return isMet ? .done : .objectiveMissed
  }

  /// Whether no connection came about.
  var isUnreachable: Bool { completed == 0 && errors.connect > 0 && errors.connect == errors.total }
}
