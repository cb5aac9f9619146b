// Runs before the page is painted: says that there are scripts, and takes the theme
// that was chosen, if one was.
document.documentElement.classList.add('js');
try {
  const theme = localStorage.getItem('realweak-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch { /* no storage: the theme of the system */ }
