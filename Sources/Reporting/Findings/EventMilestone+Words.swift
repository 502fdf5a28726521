import Planning

extension EventMilestone {
  /// What there is to do, before the event's name: `request quota for`.
  var task: String {
    switch self {
    case .decision: "decide about"
    case .quotaRequest: "request quota for"
    case .loadTest: "load-test for"
    case .inPlace: "have everything in place for"
    }
  }

  /// The same as a noun: `requesting quota`.
  var activity: String {
    switch self {
    case .decision: "deciding"
    case .quotaRequest: "requesting quota"
    case .loadTest: "load-testing"
    case .inPlace: "being in place"
    }
  }
}

extension Portfolio.DueDate {
  /// What is due, as a sentence or the beginning of one.
  var words: String {
    switch what {
    case .finding(let finding): finding.words.what
    case .preparation(let milestone, let event): "\(milestone.task) \(event)"
    }
  }
}
