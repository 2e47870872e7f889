import { catalogue } from "./message.ts";

export const de = catalogue({
  "frame.continueTo": "weiter zu {application}",
  "frame.language": "Sprache",
  "frame.error": "Fehler",
  "frame.poweredBy": "Anmeldung mit {product}",

  "problem.many": { one: "Bitte prüfen Sie {count} Eingabe", other: "Bitte prüfen Sie {count} Eingaben" },

  "account.label": "Konto",
  "account.change": "Anderes Konto verwenden",
  "account.signedIn": "Angemeldet",
  "account.signedOut": "Abgemeldet – Passwort nötig",

  "loginName.title": "Anmelden",
  "loginName.label": "Anmeldename",
  "loginName.hint": "Meist Ihre E-Mail-Adresse oder Ihr Benutzername",
  "loginName.submit": "Weiter",
  "loginName.chooseAccount": "Eines Ihrer angemeldeten Konten wählen",
  "loginName.required": "Geben Sie Ihren Anmeldenamen ein.",
  "loginName.unknown":
    "Kein Konto hat diesen Anmeldenamen. Prüfen Sie die Schreibweise oder fragen Sie Ihre Administration.",
  "loginName.inactive":
    "Dieses Konto ist deaktiviert. Bitten Sie Ihre Administration, es zu aktivieren, oder verwenden Sie ein anderes Konto.",

  "password.title": "Passwort eingeben",
  "password.label": "Passwort",
  "password.submit": "Anmelden",
  "password.required": "Geben Sie Ihr Passwort ein.",
  "password.wrong": "Das Passwort ist falsch. Versuchen Sie es noch einmal.",
  "password.wrongLeft": {
    one: "Das Passwort ist falsch. Sie haben noch {count} Versuch, bevor das Konto gesperrt wird.",
    other: "Das Passwort ist falsch. Sie haben noch {count} Versuche, bevor das Konto gesperrt wird.",
  },

  "accountChoice.title": "Konto wählen",
  "accountChoice.list": "Ihre Konten in diesem Browser",
  "accountChoice.remove": "{account} aus dieser Liste entfernen",
  "accountChoice.other": "Anderes Konto verwenden",

  "rules.title": "Ihr Passwort braucht",
  "rules.minLength": { one: "mindestens {count} Zeichen", other: "mindestens {count} Zeichen" },
  "rules.hasUppercase": "einen Großbuchstaben",
  "rules.hasLowercase": "einen Kleinbuchstaben",
  "rules.hasNumber": "eine Ziffer",
  "rules.hasSymbol": "ein Sonder- oder Satzzeichen",
  "rules.unmet": "(fehlt)",

  "newPassword.title": "Neues Passwort setzen",
  "newPassword.forced":
    "Bevor es weitergeht, ersetzen Sie bitte das Passwort, das Sie erhalten haben, durch eines, das nur Sie kennen.",
  "newPassword.expired": "Ihr Passwort ist abgelaufen. Setzen Sie ein neues, um fortzufahren.",
  "newPassword.label": "Neues Passwort",
  "newPassword.repeat": "Neues Passwort wiederholen",
  "newPassword.submit": "Speichern und weiter",
  "newPassword.required": "Geben Sie ein neues Passwort ein.",
  "newPassword.rules": "Das neue Passwort erfüllt nicht alle Anforderungen, die unten stehen.",
  "newPassword.unchanged": "Das neue Passwort muss sich vom bisherigen unterscheiden.",
  "newPassword.tooLong": "Dieses Passwort ist zu lang. Verwenden Sie ein kürzeres.",
  "newPassword.repeatRequired": "Wiederholen Sie das neue Passwort.",
  "newPassword.mismatch": "Die beiden Passwörter stimmen nicht überein. Geben Sie sie noch einmal ein.",

  "device.title": "Gerät verbinden",
  "device.text":
    "Geben Sie den Code ein, den Ihr Gerät anzeigt. Falls ein Link Sie hergeführt hat, prüfen Sie, ob beide Codes gleich sind.",
  "device.label": "Code auf dem Gerät",
  "device.hint": "Acht Buchstaben; Striche, Leerzeichen und Großschreibung sind gleichgültig",
  "device.submit": "Weiter",
  "device.required": "Geben Sie den Code ein, den das Gerät anzeigt.",
  "device.unknown": "Kein Gerät wartet mit diesem Code. Prüfen Sie ihn oder beginnen Sie am Gerät neu.",
  "approval.title": "Zugriff erlauben?",
  "approval.device": "Ein Gerät möchte sich bei {application} ({project}) als Sie anmelden.",
  "approval.ciba": "{application} ({project}) bittet Sie zu bestätigen, dass Sie es sind.",
  "approval.message": "Vergleichen Sie: Dort muss {message} stehen.",
  "approval.warning.device":
    "Erlauben Sie das nur, wenn Sie es selbst begonnen haben und das Gerät vor sich haben. Wer Ihnen einen Code oder Link dafür geschickt hat, will vielleicht in Ihr Konto.",
  "approval.warning.ciba":
    "Erlauben Sie das nur, wenn Sie es erwartet haben. Hat jemand Sie deswegen angerufen oder angeschrieben, lehnen Sie ab.",
  "approval.allow": "Erlauben",
  "approval.deny": "Ablehnen",
  "answered.allow.title": "Erlaubt",
  "answered.allow.text": "Sie können diese Seite schließen und dort weitermachen, wo Sie herkamen.",
  "answered.deny.title": "Abgelehnt",
  "answered.deny.text": "Nichts wurde erlaubt. Sie können diese Seite schließen.",
  "requests.title": "Wartende Anfragen",
  "requests.text": "Anwendungen warten auf Ihre Antwort:",
  "requests.none":
    "Keine Anwendung wartet auf eine Antwort von Ihnen. Falls Sie eine erwarten, laden Sie diese Seite neu.",
  "requests.look": "Ansehen",

  "firstAdministrator.title": "Erstes Administrationskonto anlegen",
  "firstAdministrator.intro": "Dieses Konto wird alles auf diesem Server verwalten. Der Link gilt nur einmal.",
  "firstAdministrator.username": "Benutzername",
  "firstAdministrator.givenName": "Vorname",
  "firstAdministrator.familyName": "Nachname",
  "firstAdministrator.email": "E-Mail-Adresse",
  "firstAdministrator.password": "Passwort",
  "firstAdministrator.repeat": "Passwort wiederholen",
  "firstAdministrator.submit": "Konto anlegen",
  "firstAdministrator.usernameRequired": "Geben Sie einen Benutzernamen ein.",
  "firstAdministrator.usernameTaken": "Dieser Benutzername ist vergeben. Wählen Sie einen anderen.",
  "firstAdministrator.usernameInvalid":
    "Dieser Benutzername ist nicht möglich. Wählen Sie einen ohne Leer- und Steuerzeichen.",
  "firstAdministrator.givenNameRequired": "Geben Sie einen Vornamen ein.",
  "firstAdministrator.familyNameRequired": "Geben Sie einen Nachnamen ein.",
  "firstAdministrator.emailRequired": "Geben Sie eine E-Mail-Adresse ein.",
  "firstAdministrator.emailInvalid": "Geben Sie eine E-Mail-Adresse wie name@example.com ein.",
  "firstAdministrator.tooLong": "Diese Eingabe ist zu lang. Kürzen Sie sie.",
  "firstAdministrator.passwordRequired": "Geben Sie ein Passwort ein.",
  "firstAdministrator.passwordRules": "Das Passwort erfüllt nicht alle Anforderungen, die unten stehen.",
  "firstAdministrator.repeatRequired": "Wiederholen Sie das Passwort.",

  "firstAdministratorLink.expired": "Dieser Link ist abgelaufen",
  "firstAdministratorLink.used": "Dieser Link wurde schon verwendet",
  "firstAdministratorLink.unknown": "Dieser Link ist ungültig",
  "firstAdministratorLink.usedText":
    "Das erste Administrationskonto gibt es schon. Wenn Sie es angelegt haben, melden Sie sich an. Wenn nicht, erzeugen Sie einen neuen Link und prüfen Sie, wer Zugang hat.",
  "firstAdministratorLink.expiredText":
    "Links für das erste Administrationskonto gelten nur einmal und nur für kurze Zeit.",
  "firstAdministratorLink.unknownText": "Prüfen Sie, ob Sie den ganzen Link aus dem Terminal kopiert haben.",
  "firstAdministratorLink.command": "Einen neuen Link erzeugt dieser Befehl auf dem Server:",
  "firstAdministratorLink.signIn": "Anmelden",

  "signedIn.title": "Sie sind angemeldet",
  "signedIn.text": "Sie können diese Seite schließen oder eine Anwendung öffnen, die diese Anmeldung nutzt.",
  "signedIn.signOut": "Abmelden",
  "signedIn.otherAccount": "Anderes Konto verwenden",

  "signOut.title": "Abmelden?",
  "signOut.text": "Sie werden in diesem Browser abgemeldet, auch von den Anwendungen, die diese Anmeldung nutzen.",
  "signOut.textApplication":
    "{application} möchte Sie in diesem Browser abmelden, auch von anderen Anwendungen, die diese Anmeldung nutzen.",
  "signOut.submit": "Abmelden",
  "signOut.cancel": "Angemeldet bleiben",

  "signingOut.title": "Sie werden abgemeldet",
  "signingOut.text": "Ihre Anwendungen erfahren, dass Sie sich abgemeldet haben.",
  "signingOut.goOn": "Weiter",
  "signingOut.frame": "Abmeldung von einer Anwendung",

  "signedOut.title": "Sie sind abgemeldet",
  "signedOut.text": "Schließen Sie an einem gemeinsam genutzten Computer auch alle Browserfenster.",
  "signedOut.return": "Zurück zu {application}",
  "signedOut.signIn": "Wieder anmelden",

  "consent.title": "Zugriff erlauben?",
  "consent.lead": "{application} bittet um Zugriff auf Ihr Konto.",
  "consent.verified":
    "Ihre Organisation hat diese Anwendung nicht eingerichtet, und ihren Namen hat sie sich selbst gegeben. Sicher bekannt ist nur: Was Sie erlauben, geht an {host}.",
  "consent.unverified":
    "Ihre Organisation hat diese Anwendung nicht eingerichtet, und niemand kann sagen, von wem sie ist. Erlauben Sie den Zugriff nur, wenn Sie sie gerade selbst auf diesem Gerät gestartet haben.",
  "consent.gets": "Sie kann dann:",
  "consent.openid": "Sie an Ihrem Konto hier wiedererkennen",
  "consent.profile": "Ihren Namen und Ihr Profil sehen",
  "consent.email": "Ihre E-Mail-Adresse sehen",
  "consent.phone": "Ihre Telefonnummer sehen",
  "consent.address": "Ihre Postanschrift sehen",
  "consent.offline": "diesen Zugriff auch in Ihrer Abwesenheit nutzen, bis Sie ihn zurücknehmen",
  "consent.roles": "Ihre Rollen sehen",
  "consent.metadata": "weitere Angaben Ihres Kontos sehen",
  "consent.organization": "sehen, zu welcher Organisation Sie gehören",
  "consent.api": "Ihr Konto und alles, was Sie hier verwalten dürfen, in Ihrem Namen ändern",
  "consent.scope": "die Berechtigung {scope} nutzen",
  "consent.claim": "{claim} Ihres Kontos sehen",
  "consent.authorization": "tun, was die Ermächtigung {type} besagt",
  "consent.resource": "Der Zugriff gilt für {resource}.",
  "consent.return": "Danach werden Sie zu {host} geleitet.",
  "consent.policy": "Datenschutzerklärung der Anwendung",
  "consent.terms": "Nutzungsbedingungen der Anwendung",
  "consent.allow": "Erlauben",
  "consent.deny": "Nicht erlauben",

  "applications.title": "Anwendungen mit Zugriff",
  "applications.lead":
    "Diesen Anwendungen haben Sie erlaubt, Ihr Konto zu nutzen. Nehmen Sie den Zugriff zurück, endet er sofort.",
  "applications.none": "Keine Anwendung hat Zugriff, den Sie erlaubt haben.",
  "applications.withdraw": "{application} den Zugriff entziehen",
  "applications.back": "Zurück",

  "requestExpired.title": "Diese Anmeldung ist abgelaufen",
  "requestExpired.text":
    "Zu Ihrer Sicherheit gilt eine begonnene Anmeldung nur begrenzte Zeit und lässt sich nur einmal abschließen.",
  "requestExpired.next": "Gehen Sie zurück zur Anwendung, von der Sie kamen, und beginnen Sie dort neu.",
  "requestExpired.return": "Zurück zu {application}",

  "accountState.lockedTitle": "Dieses Konto ist gesperrt",
  "accountState.locked":
    "Das Passwort wurde zu oft falsch eingegeben. Bitten Sie Ihre Administration, das Konto zu entsperren.",
  "accountState.lockedUntil": {
    one: "Das Passwort wurde zu oft falsch eingegeben. Versuchen Sie es in {count} Minute wieder, oder fragen Sie Ihre Administration.",
    other:
      "Das Passwort wurde zu oft falsch eingegeben. Versuchen Sie es in {count} Minuten wieder, oder fragen Sie Ihre Administration.",
  },
  "accountState.inactiveTitle": "Dieses Konto ist deaktiviert",
  "accountState.inactive":
    "Sie können sich damit nicht anmelden. Bitten Sie Ihre Administration, das Konto zu aktivieren.",
  "accountState.unauthorizedTitle": "Dieses Konto hat keinen Zugang",
  "accountState.unauthorized":
    "Es darf die Anwendung nicht nutzen, die Sie hierher geschickt hat. Bitten Sie Ihre Administration um Zugang, oder verwenden Sie ein anderes Konto.",
  "accountState.other": "Anderes Konto verwenden",

  "formPost.title": "Einen Moment",
  "formPost.text": "Wir bringen Sie zurück zur Anwendung.",
  "formPost.goOn": "Weiter",

  "oauthError.title": "Diese Anmeldung kann nicht beginnen",
  "oauthError.clientUnknown": "Die Anwendung, von der Sie kommen, ist diesem Server nicht bekannt.",
  "oauthError.redirectUri":
    "Die Anwendung, von der Sie kommen, möchte Sie an eine Adresse zurückschicken lassen, die für sie nicht eingetragen ist. Zum Schutz Ihres Kontos tun wir das nicht.",
  "oauthError.request":
    "Die Anwendung, von der Sie kommen, hat eine Anfrage gestellt, die wir nicht beantworten können.",
  "oauthError.signOut":
    "Die Anwendung, von der Sie kommen, möchte Sie auf eine Weise abmelden, die wir nicht beantworten können.",
  "oauthError.next":
    "Das ist nicht Ihr Fehler. Gehen Sie zurück zur Anwendung und versuchen Sie es noch einmal. Hilft das nicht, geben Sie die Angaben unten an ihre Betreiber weiter.",
  "oauthError.details": "Technische Angaben",
  "oauthError.code": "Fehler",
  "oauthError.description": "Beschreibung",
  "oauthError.reference": "Kennung",

  "hostUnknown.title": "Diese Adresse ist noch nicht eingerichtet",
  "hostUnknown.text": "Sie haben Munot unter {host} erreicht, aber es antwortet nicht für diese Adresse.",
  "hostUnknown.visitor": "Wenn Sie sich nur anmelden möchten",
  "hostUnknown.visitorText": "Prüfen Sie die Adresse oder fragen Sie die Betreiber dieses Servers.",
  "hostUnknown.operator": "Wenn Sie diesen Server betreiben und die Adresse Ihnen gehört",
  "hostUnknown.operatorText": "Setzen Sie {setting} auf diese Adresse und starten Sie Munot neu:",
  "hostUnknown.operatorPlaceholder": "ihr-host.example",
  "hostUnknown.doctor": "{command} zeigt alle Einstellungen und was daran nicht stimmt.",

  "notFound.title": "Seite nicht gefunden",
  "notFound.text": "Unter dieser Adresse gibt es nichts. Prüfen Sie sie auf Tippfehler oder gehen Sie zur Startseite.",
  "notFound.home": "Startseite",

  "tooManyRequests.title": "Zu viele Versuche",
  "tooManyRequests.text": "Bitte warten Sie einen Moment und laden Sie diese Seite dann neu.",
  "tooManyRequests.wait": {
    one: "Bitte warten Sie {count} Sekunde und versuchen Sie es dann wieder.",
    other: "Bitte warten Sie {count} Sekunden und versuchen Sie es dann wieder.",
  },

  "serverError.title": "Hier ist etwas schiefgegangen",
  "serverError.text":
    "Das ist unser Fehler, nicht Ihrer. Nichts wurde halb gespeichert. Bitte versuchen Sie es gleich noch einmal.",
  "serverError.reference": "Geschieht es wieder, nennen Sie Ihrer Administration diese Kennung: {reference}",
  "serverError.retry": "Noch einmal versuchen",

  "start.title": "Munot läuft",
  "start.text": "Dieser Server meldet Menschen bei Anwendungen an. Er spricht OpenID Connect.",
  "start.setup": "Es gibt noch kein Administrationskonto. Öffnen Sie den Einmal-Link, den das Terminal zeigt.",
  "start.account": "Anmelden",
  "start.documentation": "API-Referenz (englisch)",
  "start.discovery": "OpenID-Connect-Konfiguration",
});
