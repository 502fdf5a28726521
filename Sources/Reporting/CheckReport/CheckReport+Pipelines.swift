import Documents

/// Forms that pipelines read.
extension CheckReport {
  /// JUnit XML, as GitLab, Jenkins, Azure DevOps and others show it: a suite for each plan or object, a case for each check.
  ///
  /// The form: https://github.com/testmoapp/junitxml (the common part of what readers take).
  public func junit() -> String {
    let suites = Dictionary(grouping: items, by: \.subject).sorted { $0.key < $1.key }
    func count(_ items: [CheckItem]) -> String {
      "tests=\"\(items.count)\" failures=\"\(items.filter { $0.level == .bad }.count)\" errors=\"0\" skipped=\"0\""
    }
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"headroom check\" \(count(items))>\n"
    for (subject, items) in suites {
      text += "  <testsuite name=\"\(Self.xml(subject))\" \(count(items))>\n"
      for item in items {
        var tag = "classname=\"\(Self.xml(subject))\" name=\"\(Self.xml(item.name + ": " + item.what))\""
        if let place = item.place {
          tag += " file=\"\(Self.xml(place.file ?? ""))\" line=\"\(place.line)\""
        }
        let more = Self.xml(Wording.sentences([item.because, item.remedy]))
        switch item.level {
        case .good: text += "    <testcase \(tag)/>\n"
        case .word:
          text +=
            "    <testcase \(tag)>\n      <system-out>\(Self.xml(item.what)) \(more)</system-out>\n    </testcase>\n"
        case .bad:
          text +=
            "    <testcase \(tag)>\n      <failure message=\"\(Self.xml(item.what))\" type=\"\(Self.xml(item.name))\">\(more)</failure>\n    </testcase>\n"
        }
      }
      text += "  </testsuite>\n"
    }
    return text + "</testsuites>\n"
  }

  /// Workflow commands of GitHub Actions: what must change and what is worth a word stand at their lines of the pull request.
  ///
  /// The form: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
  public func githubAnnotations() -> String {
    var text = ""
    for item in items where item.level != .good {
      var properties: [String] = []
      if let place = item.place, let file = place.file {
        properties += ["file=\(Self.property(file))", "line=\(place.line)", "col=\(place.column)"]
      }
      properties.append("title=\(Self.property("\(item.subject): \(item.name)"))")
      let message = Wording.sentences([item.what, item.because, item.remedy])
      text +=
        "::\(item.level == .bad ? "error" : "notice") \(properties.joined(separator: ","))::\(Self.message(message))\n"
    }
    return text
  }

  /// GitLab's Code Quality report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
  public func gitlabReport() -> String {
    var json = JSONWriter(pretty: true)
    json.array { json in
      for item in items where item.level != .good {
        json.object { json in
          json.entry("description", Wording.sentences([item.what, item.because, item.remedy]))
          json.entry("check_name", item.name)
          json.entry("fingerprint", Self.fingerprint(of: item))
          json.entry("severity", item.level == .bad ? "major" : "info")
          json.object("location") { json in
            json.entry("path", item.place?.file ?? files.first ?? "-")
            json.object("lines") { $0.entry("begin", item.place?.line ?? 1) }
          }
        }
      }
    }
    return json.text + "\n"
  }

  /// The same for the same check of the same subject, whatever its figures: GitLab compares branches by it.
  private static func fingerprint(of item: CheckItem) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in "\(item.subject)\n\(item.name)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Text for XML 1.0: the five characters that mean something, and none that a document may not hold.
  private static func xml(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n", "\t": result += " "
      case _ where scalar.value < 32 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "?"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func message(_ text: String) -> String {
    text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }
  private static func property(_ text: String) -> String {
    message(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }
}
