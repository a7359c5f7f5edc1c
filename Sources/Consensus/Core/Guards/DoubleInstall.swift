/// Frees a snapshot that comes while another is being installed.
///
/// The core ignores it and frees nothing, so each one would leak. (One of an older term it answers, and then frees it.)
enum DoubleInstall {
    static func isLeaked(_ message: InstallSnapshot, isInstalling: Bool, ownTerm: Term) -> Bool {
        isInstalling && message.term >= ownTerm
    }
}
