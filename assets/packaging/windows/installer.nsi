; The installer: for one user, without an administrator's rights. Compiled by installer.py, which says what is defined here
; (TITLE, PROGRAM, WINDOW_STARTER, CONSOLE_STARTER, PUBLISHER, VERSION, VERSION_NUMBERS, USER_FOLDER, ICON, NOTICES, OUT, SIZE_KB) and writes
; INSTALLED and REMOVED, the list of files.
;
;   /S           asks nothing; exit status 0 fine, 1 cancelled, 2 the program is open or a file could not be written
;   /D=FOLDER    where to; the last word of the line, without quotation marks
;   /NOASSOC     projects and takes do not open with it
;   /NOMENU      no entry in the Start menu
;   /DESKTOP     an icon on the desktop
; uninstall.exe:
;   /S           asks nothing and leaves this user's settings, presets, notes and keys
;   /ALL         takes them away as well
Unicode true
!ifdef AMD64
  Target amd64-unicode
!endif
SetCompressor /SOLID lzma
SetCompressorDictSize 64
SetDateSave off
ManifestDPIAware true
ManifestLongPathAware true
ManifestSupportedOS all
RequestExecutionLevel user
!include "MUI2.nsh"
!include "FileFunc.nsh"
!include "LogicLib.nsh"
!include "WinVer.nsh"

!include "${KINDS}"
Name "${TITLE}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\${TITLE}"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\${TITLE}"
!define CLASSES "Software\Classes"
InstallDirRegKey HKCU "${UNINSTALL_KEY}" "InstallLocation"
BrandingText "${TITLE} ${VERSION}"
VIProductVersion "${VERSION_NUMBERS}"
VIAddVersionKey "ProductName" "${TITLE}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${TITLE}, installer"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "CompanyName" "${PUBLISHER}"
VIAddVersionKey "LegalCopyright" "MIT License; others' licences: THIRD-PARTY.txt"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_ABORTWARNING
!define MUI_LICENSEPAGE_TEXT_TOP "Licences of the program and of what it comes with"
!insertmacro MUI_PAGE_LICENSE "${NOTICES}"
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_RUN "$INSTDIR\${WINDOW_STARTER}"
!define MUI_FINISHPAGE_NOREBOOTSUPPORT
!insertmacro MUI_PAGE_FINISH
UninstPage custom un.AskForData un.HearOfData
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

Var takeData
Var dataBox

; A program that runs holds its file: nothing is begun then.
!macro WAIT_FOR_END
  ${Do}
    ${IfNot} ${FileExists} "$INSTDIR\${CONSOLE_STARTER}"
      ${Break}
    ${EndIf}
    StrCpy $1 0
    ClearErrors
    FileOpen $0 "$INSTDIR\${WINDOW_STARTER}" a
    ${If} ${Errors}
      StrCpy $1 1
    ${Else}
      FileClose $0
    ${EndIf}
    ClearErrors
    FileOpen $0 "$INSTDIR\${CONSOLE_STARTER}" a
    ${If} ${Errors}
      StrCpy $1 1
    ${Else}
      FileClose $0
    ${EndIf}
    ${If} $1 = 0
      ${Break}
    ${EndIf}
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "${TITLE} is open. Close it, then try again." /SD IDCANCEL IDRETRY +3
      SetErrorLevel 2
      Quit
  ${Loop}
!macroend

Section "${TITLE}" programSection
  SectionIn RO
  ; also asked for here, for a silent run shows no page
  !insertmacro WAIT_FOR_END
  ; what an older version left, wherever it lies: its own uninstaller knows best
  ReadRegStr $R0 HKCU "${UNINSTALL_KEY}" "InstallLocation"
  ${If} $R0 != ""
  ${AndIf} ${FileExists} "$R0\uninstall.exe"
    CopyFiles /SILENT "$R0\uninstall.exe" "$PLUGINSDIR\older.exe"
    ExecWait '"$PLUGINSDIR\older.exe" /S /UPDATE _?=$R0' $R1
    ${If} $R1 <> 0
      DetailPrint "The older version in $R0 could not be removed."
      SetErrorLevel 2
      Abort "The older version in $R0 could not be removed; close it, then start this again."
    ${EndIf}
    Delete "$R0\uninstall.exe"
    RMDir "$R0"
  ${EndIf}
  ClearErrors
  !include "${INSTALLED}"
  ${If} ${Errors}
    SetErrorLevel 2
    Abort "A file could not be written; look at free space and rights of $INSTDIR, then start this again."
  ${EndIf}
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "${TITLE}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "${PUBLISHER}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\${WINDOW_STARTER}"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" ${SIZE_KB}
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
SectionEnd

Section "Entry in the Start menu" menuSection
  CreateShortcut "$SMPROGRAMS\${TITLE}.lnk" "$INSTDIR\${WINDOW_STARTER}" "" "$INSTDIR\${WINDOW_STARTER}" 0
SectionEnd

Section "Projects and takes open with it" kindsSection
  !insertmacro KINDS_INSTALLED
  WriteRegStr HKCU "${CLASSES}\Applications\${WINDOW_STARTER}" "FriendlyAppName" "${TITLE}"
  WriteRegStr HKCU "${CLASSES}\Applications\${WINDOW_STARTER}\shell\open\command" "" '"$INSTDIR\${WINDOW_STARTER}" preview "%1"'
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
SectionEnd

Section /o "Icon on the desktop" desktopSection
  CreateShortcut "$DESKTOP\${TITLE}.lnk" "$INSTDIR\${WINDOW_STARTER}" "" "$INSTDIR\${WINDOW_STARTER}" 0
SectionEnd

!macro CHOOSE section flag
  SectionGetFlags ${section} $1
  IntOp $1 $1 & 0xFFFFFFFE
  IntOp $1 $1 | ${flag}
  SectionSetFlags ${section} $1
!macroend

Function .onInit
  SetShellVarContext current
  InitPluginsDir
  ${IfNot} ${AtLeastWin10}
    MessageBox MB_OK|MB_ICONSTOP "${TITLE} needs Windows 10 or newer." /SD IDOK
    SetErrorLevel 2
    Quit
  ${EndIf}
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/NOASSOC" $0
  ${IfNot} ${Errors}
    !insertmacro CHOOSE ${kindsSection} 0
  ${EndIf}
  ClearErrors
  ${GetOptions} $R0 "/NOMENU" $0
  ${IfNot} ${Errors}
    !insertmacro CHOOSE ${menuSection} 0
  ${EndIf}
  ClearErrors
  ${GetOptions} $R0 "/DESKTOP" $0
  ${IfNot} ${Errors}
    !insertmacro CHOOSE ${desktopSection} 1
  ${EndIf}
FunctionEnd

Function un.onInit
  SetShellVarContext current
  StrCpy $takeData 0
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/ALL" $0
  ${IfNot} ${Errors}
    StrCpy $takeData 1
  ${EndIf}
FunctionEnd

Function un.AskForData
  !insertmacro MUI_HEADER_TEXT "Uninstall ${TITLE}" "The program is removed from $INSTDIR."
  nsDialogs::Create 1018
  Pop $0
  ${NSD_CreateLabel} 0 0 100% 36u "Settings, presets, notes, recorded faces and caches stay in $LOCALAPPDATA\${USER_FOLDER}, and keys of cloud services in \
Windows' Credential Manager, for a later installation. Projects and takes that you saved elsewhere are never touched."
  Pop $0
  ${NSD_CreateCheckbox} 0 44u 100% 12u "Remove my settings, data and keys as well"
  Pop $dataBox
  ${If} $takeData = 1
    ${NSD_Check} $dataBox
  ${EndIf}
  nsDialogs::Show
FunctionEnd

Function un.HearOfData
  ${NSD_GetState} $dataBox $0
  StrCpy $takeData 0
  ${If} $0 = ${BST_CHECKED}
    StrCpy $takeData 1
  ${EndIf}
FunctionEnd

Section "Uninstall"
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/UPDATE" $0
  ${If} ${Errors}
    StrCpy $R9 0
  ${Else}
    StrCpy $R9 1
  ${EndIf}
  !insertmacro WAIT_FOR_END
  ${If} $R9 = 0
  ${AndIf} $takeData = 1
    ; the program knows what it keeps, keys among it; what it could not say is taken with its folder
    nsExec::Exec '"$INSTDIR\${CONSOLE_STARTER}" clean --all --yes'
    Pop $0
    RMDir /r "$LOCALAPPDATA\${USER_FOLDER}"
  ${EndIf}
  ; only what was installed: the folder may hold files of the user's
  !include "${REMOVED}"
  ${If} $R9 = 0
    Delete "$INSTDIR\uninstall.exe"
    RMDir "$INSTDIR"
    Delete "$SMPROGRAMS\${TITLE}.lnk"
    Delete "$DESKTOP\${TITLE}.lnk"
    !insertmacro KINDS_REMOVED
    DeleteRegKey HKCU "${CLASSES}\Applications\${WINDOW_STARTER}"
    DeleteRegKey HKCU "${UNINSTALL_KEY}"
    System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
  ${EndIf}
SectionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${programSection} "The program with all it needs."
  !insertmacro MUI_DESCRIPTION_TEXT ${menuSection} "Start it from the Start menu."
  !insertmacro MUI_DESCRIPTION_TEXT ${kindsSection} "A double click opens .vsync and .vstake; avatars (.glb) have it under $\"Open with$\"."
  !insertmacro MUI_DESCRIPTION_TEXT ${desktopSection} "Start it from the desktop."
!insertmacro MUI_FUNCTION_DESCRIPTION_END
