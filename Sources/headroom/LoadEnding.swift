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
  /// Whether no connection came about.
  var isUnreachable: Bool { completed == 0 && errors.connect > 0 && errors.connect == errors.total }
}
