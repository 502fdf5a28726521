import Glibc

/// What the user is told about an error that a verb threw.
public struct Failure: Error, Hashable, Sendable {
  /// Sentences, each with what to do, without "Error:".
  public var sentences: [String]
  /// How the process ends.
  public var exitCode: ExitCode

  public init(_ sentences: [String], exitCode: ExitCode) {
    self.sentences = sentences
    self.exitCode = exitCode
  }
}

/// The program: a tree of verbs with help, completion, a man page and one way to end.
public struct Application: Sendable {
  /// The word to type.
  public let name: String
  public let version: String
  /// What the program is for, in a sentence.
  public let summary: String
  /// What to try first.
  public let examples: [Example]
  /// The verbs in the order of help.
  public let verbs: [VerbNode]
  private let explain: @Sendable (any Error) -> Failure?

  /// - Parameters:
  ///   - explain: what to tell about an error that `run()` threw; where it says nil, the error's own description.
  public init(
    name: String, version: String, summary: String, examples: [Example] = [], verbs: [VerbNode],
    explain: @escaping @Sendable (any Error) -> Failure? = { _ in nil }
  ) {
    self.name = name
    self.version = version
    self.summary = summary
    self.examples = examples
    self.verbs = verbs
    self.explain = explain
  }

  /// Runs the program and ends the process.
  ///
  /// - Parameter arguments: the command line, the program's name first.
  public func main(_ arguments: [String] = CommandLine.arguments) -> Never {
    // A reader that goes away shall end the output, not the process in the middle of its work.
    signal(SIGPIPE, SIG_IGN)
    // A limit on the size of files (ulimit -f) is told as an error of the write, not suffered as a signal.
    signal(SIGXFSZ, SIG_IGN)
    let code = run(Array(arguments.dropFirst()), out: .standardOutput(), err: .standardError())
    exit(code.rawValue)
  }

  /// Runs the program on streams of the caller's.
  ///
  /// - Parameters:
  ///   - words: the command line without the program's name.
  ///   - out: takes the result.
  ///   - err: takes messages.
  public func run(
    _ words: [String], out: Output, err: Output, environment: Environment = .process
  ) -> ExitCode {
    let console = Console(result: out, messages: err, environment: environment)
    let code = dispatch(words, console: console, environment: environment)
    // Told once: where the result is this stream, it has been closed before, and its failure is what the code says.
    return out.failure != nil && code == .worldFailed ? code : finish(out, console: console, code: code)
  }

  // MARK: Finding the verb

  private func dispatch(_ words: [String], console: Console, environment: Environment) -> ExitCode {
    var rest = words[...]
    if rest.first == "help", !verbs.contains(where: { $0.info.name == "help" }) {
      rest.removeFirst()
      return help(rest.filter { !$0.hasPrefix("-") }, console: console)
    }
    var path = [name]
    var siblings = verbs
    var node: VerbNode?
    while let word = rest.first, let child = siblings.first(where: { $0.info.name == word }) {
      node = child
      siblings = child.children
      path.append(word)
      rest.removeFirst()
    }
    if let node, let verb = node.verb {
      return start(verb, node: node, path: path, words: Array(rest), console: console)
    }
    guard let word = rest.first else {
      console.write(helpPage(path, node: node, console: console))
      return .done
    }
    if word == "--help" || word == "-h" {
      console.write(helpPage(path, node: node, console: console))
      return .done
    }
    if node == nil, let code = programOption(rest, console: console, environment: environment) { return code }
    let command = path.joined(separator: " ")
    let problem: UsageError.Problem
    if word.hasPrefix("-") {
      if let verb = rest.dropFirst().first(where: { word in siblings.contains { $0.info.name == word } }) {
        problem = .misplacedOption(word, verb: "\(command) \(verb)")
      } else {
        let nearest = EditDistance.nearest(to: word, among: ["--help"] + (node == nil ? ["--version"] : []))
        problem = .unknownOption(word, nearest: nearest)
      }
    } else {
      problem = .unknownVerb(word, nearest: nearestVerb(to: word, among: siblings), under: command)
    }
    let usage = "\(command) VERB [options]"
    return refuse(UsageError(problems: [problem]), usage: usage, command: command, console: console)
  }

  /// A sibling that is spelt alike, else the verb of that name elsewhere in the tree.
  private func nearestVerb(to word: String, among siblings: [VerbNode]) -> String? {
    if let nearest = EditDistance.nearest(to: word, among: siblings.map { $0.info.name }) { return nearest }
    func find(_ nodes: [VerbNode], _ path: [String]) -> String? {
      for node in nodes {
        let path = path + [node.info.name]
        if node.info.name == word { return path.joined(separator: " ") }
        if let found = find(node.children, path) { return found }
      }
      return nil
    }
    return find(verbs, [name])
  }

  private func programOption(
    _ words: ArraySlice<String>, console: Console, environment: Environment
  ) -> ExitCode? {
    guard let word = words.first else { return nil }
    if word == "--version" {
      console.print("\(name) \(version)")
      return .done
    }
    if word == "--generate-man" {
      console.write(ManualPage(self, pages: pages(console)).roff)
      return .done
    }
    let option = "--generate-completion-script"
    guard word == option || word.hasPrefix("\(option)=") else { return nil }
    let userShell = environment["SHELL"]?.split(separator: "/").last.map(String.init)
    let next = words.dropFirst().first
    let given = word == option ? next ?? userShell ?? "" : String(word.dropFirst(option.count + 1))
    guard let shell = CompletionScript.Shell(rawValue: given) else {
      let shells = CompletionScript.Shell.allCases.map { $0.rawValue }
      let nearest = EditDistance.nearest(to: given, among: shells)
      let problem = UsageError.Problem.wrongChoice(option, value: given, choices: shells, nearest: nearest)
      return refuse(
        UsageError(problems: [problem]), usage: "\(name) \(option) SHELL", command: name, console: console)
    }
    console.write(CompletionScript(program: name, pages: pages(console)).text(for: shell))
    return .done
  }

  // MARK: Help

  /// The pages of all verbs.
  func pages(_ console: Console) -> [VerbPage] {
    verbs.map { VerbPage($0, under: [name], console: console) }
  }

  private func help(_ words: [String], console: Console) -> ExitCode {
    var path = [name]
    var siblings = verbs
    var node: VerbNode?
    for word in words {
      guard let child = siblings.first(where: { $0.info.name == word }) else {
        let command = path.joined(separator: " ")
        let problem: UsageError.Problem =
          siblings.isEmpty
          ? .unexpectedArgument(word, nearest: nil)
          : .unknownVerb(word, nearest: nearestVerb(to: word, among: siblings), under: command)
        return refuse(UsageError(problems: [problem]), usage: "\(name) help VERB", command: name, console: console)
      }
      node = child
      siblings = child.children
      path.append(word)
    }
    console.write(helpPage(path, node: node, console: console))
    return .done
  }

  private func helpPage(_ path: [String], node: VerbNode?, console: Console) -> String {
    let text = HelpText(console)
    guard let node else {
      return text.root(
        name: name, version: version, summary: summary, examples: examples, pages: pages(console))
    }
    return text.page(VerbPage(node, under: path.dropLast(), console: console))
  }

  // MARK: Running

  private func start(
    _ verb: any Verb.Type, node: VerbNode, path: [String], words: [String], console: Console
  ) -> ExitCode {
    let page = VerbPage(node, under: path.dropLast(), console: console)
    var scan = ArgumentScan(words, declarations: page.declarations, hints: page.hints)
    if scan.wantsHelp {
      console.write(HelpText(console).page(page))
      return .done
    }
    // The first stray word of a group is more likely a verb misspelt.
    if page.positionals.isEmpty, !node.children.isEmpty, let word = scan.positionals.first {
      scan.positionals.removeFirst()
      let nearest = nearestVerb(to: word, among: node.children)
      scan.problems.append(.unknownVerb(word, nearest: nearest, under: page.command))
    }
    var arguments = Arguments(reading: scan, declarations: page.declarations, console: console)
    let ready: any Verb
    do throws(UsageError) {
      ready = try verb.init(&arguments)
      if !arguments.problems.isEmpty { throw UsageError(problems: arguments.problems) }
    } catch {
      // What an `init` throws may come from a stand-in, so it counts only where all could be read.
      let problems = arguments.problems.isEmpty ? error.problems : arguments.problems
      return refuse(UsageError(problems: problems), usage: page.usage, command: page.command, console: console)
    }
    return run(ready, on: arguments.console, page: page)
  }

  private func run(_ verb: any Verb, on console: Console, page: VerbPage) -> ExitCode {
    do {
      try console.result.open()
      let code = try verb.run()
      // A run that the world spoiled may have a report that says how.
      if [.done, .objectiveMissed, .interrupted].contains(code) || (code == .worldFailed && console.result.hasContent) {
        return finish(console.result, console: console, code: code)
      }
      console.result.discard()
      return code
    } catch let error as UsageError {
      console.result.discard()
      return refuse(error, usage: page.usage, command: page.command, console: console)
    } catch let failure as Output.Failure {
      console.result.discard()
      if failure.isReaderGone { return .readerLeft }
      console.error(failure.sentence)
      return .worldFailed
    } catch {
      console.result.discard()
      let failure = explain(error) ?? Failure(["\(error)"], exitCode: .worldFailed)
      for sentence in failure.sentences { console.error(sentence) }
      return failure.exitCode
    }
  }

  private func refuse(_ error: UsageError, usage: String, command: String, console: Console) -> ExitCode {
    for sentence in error.sentences { console.error(sentence) }
    console.messages.write("Usage: \(usage)\nSee '\(command) --help' for more information.\n")
    return .usage
  }

  /// Passes the result on, and tells where it did not arrive.
  private func finish(_ output: Output, console: Console, code: ExitCode) -> ExitCode {
    do throws(Output.Failure) {
      try output.close()
      return code
    } catch {
      if error.isReaderGone { return .readerLeft }
      console.error(error.sentence)
      return .worldFailed
    }
  }
}
