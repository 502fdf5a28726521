import Planning

/// A finding in words.
public struct FindingWords: Hashable, Sendable {
  /// One sentence: what is so, or what to do.
  public var what: String
  /// Why, with the numbers.
  public var because: String
  /// The next step. Never empty where the finding asks to act or to change something.
  public var remedy: String

  init(_ what: String, because: String, remedy: String = "") {
    self.what = what
    self.because = because
    self.remedy = remedy
  }
}

/// What a topic finds, in words: each of Planning's enums of findings has them in a file of its own in this folder.
protocol Worded {
  var words: FindingWords { get }
}

/// What a topic takes for want of knowledge, in a sentence, beside the words of its findings.
protocol WordedAssumption {
  var sentence: String { get }
}

extension Finding {
  /// What was found in sentences, its numbers with their units.
  public var words: FindingWords {
    guard let worded = fact as? any Worded else {
      preconditionFailure("\(type(of: fact)) has no words: give it a file in Reporting/Findings")
    }
    return worded.words
  }
}

extension PlanOutcome {
  /// What was taken for want of knowledge, a sentence each. Values that read the same are told once.
  var assumptionSentences: [String] {
    var seen: Set<String> = []
    return assumptions.map { fact in
      guard let worded = fact as? any WordedAssumption else {
        preconditionFailure("\(type(of: fact)) has no sentence: give it one in Reporting/Findings")
      }
      return worded.sentence
    }.filter { seen.insert($0).inserted }
  }
}
